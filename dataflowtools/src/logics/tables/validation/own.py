"""Rules of our own checks."""

from __future__ import annotations

from logics.tables.validation.checks import (
    Checks,
    ExpressionCheck,
    ForeignKeyCheck,
    RequiredCheck,
    TypeCheck,
    UniqueCheck,
)
from logics.tables.validation.rules import Rule, RuleSet


def rules_of_checks(checks: Checks) -> RuleSet:
    """Return the rules of our own checks, in their order."""
    rules = RuleSet(closed=not checks.additional_columns)
    for check in checks.checks:
        match check:
            case ExpressionCheck():
                rules.rules.append(Rule(check.name or "expression", "", check))
            case RequiredCheck():
                for name in check.columns:
                    rules.know(name)
                    rules.required.append(name)
                    rules.rules.append(
                        Rule("required", name, RequiredCheck(check="required", columns=(name,), message=check.message))
                    )
            case UniqueCheck() | ForeignKeyCheck():
                for name in check.columns:
                    rules.know(name)
                    rules.required.append(name)
                rules.rules.append(Rule(check.check, ", ".join(check.columns), check))
            case _:
                rules.know(check.column)
                rules.required.append(check.column)
                rules.rules.append(Rule(check.check, check.column, check))
                if isinstance(check, TypeCheck):
                    rules.kinds[check.column] = (check.kind, check.format)
    return rules
