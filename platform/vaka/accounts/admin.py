from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from vaka.accounts.models import User

admin.site.register(User, UserAdmin)
