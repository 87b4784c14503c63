from flask import Blueprint

bp = Blueprint("kampung", __name__)
