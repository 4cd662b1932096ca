"""What templates say of labs."""

from django import template

from labs.registry.translations import authored

register = template.Library()
register.filter("authored", authored)
