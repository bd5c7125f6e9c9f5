"""New files: converted from others, created from what a request brings, generated from templates."""

from driveradapters.making import convert, create, generate

ROUTES = (*convert.ROUTES, *create.ROUTES, *generate.ROUTES)
