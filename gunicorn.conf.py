"""How gunicorn serves the product (read from the folder in which it is started): `gunicorn app:app`."""

import gc

workers = 2
preload_app = True  # loaded once: the workers share what they do not change


def pre_fork(server: object, worker: object) -> None:
    """What is loaded by now stays shared: the collector of a worker would otherwise write into all of it."""
    gc.collect()
    gc.freeze()
