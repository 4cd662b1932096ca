"""Template filters for labs."""

from django import template

from labs.translations import authored

register = template.Library()
register.filter("authored", authored)
