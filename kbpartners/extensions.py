"""The Flask extensions, made once without an application and bound to one in `create_app`."""

from __future__ import annotations

from flask_babel import Babel
from flask_compress import Compress
from flask_login import LoginManager
from flask_wtf import CSRFProtect

from kbpartners.db import db

babel = Babel()
compress = Compress()
csrf = CSRFProtect()
login_manager = LoginManager()

__all__ = ["babel", "compress", "csrf", "db", "login_manager"]
