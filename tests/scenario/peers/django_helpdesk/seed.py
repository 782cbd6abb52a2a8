"""A queue, the custom field that docs/desks.md asks for, Svara's login, and two agents."""

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from helpdesk.models import CustomField, Queue  # noqa: E402

users = get_user_model().objects
users.create_superuser("admin", "admin@demo.local", "admin-password")
users.create_user("svara", password="svara-password", is_staff=True)
users.create_user("astrid", "astrid@demo.local", "astrid-password", is_staff=True)
users.create_user("bo", "bo@demo.local", "bo-password", is_staff=True)
Queue.objects.create(title="Chat", slug="chat", email_address="chat@demo.local")
CustomField.objects.create(
    name="conversation_id", label="Conversation ID", data_type="varchar", max_length=255, ordering=1
)
