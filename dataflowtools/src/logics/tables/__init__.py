"""Tables: their kinds, the expressions and steps that transform them, and the use cases on them.

What the workers share with the service (kinds, models, expressions, plan) imports neither errors nor servicekit.
"""
