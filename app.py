"""The WSGI entry: `app:app` for a server, `flask --app app …` for the commands."""

from kbpartners import create_app

app = create_app()
