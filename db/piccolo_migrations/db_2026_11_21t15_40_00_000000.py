"""What a photo shows before it is there, and which point of it matters."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import DoublePrecision, Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-21T15:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "thumbhash and focal point"

SAME = {
    "primary_key": False,
    "unique": False,
    "index": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}
SHARE = {"default": None, "null": True, **SAME}
COLUMNS = {
    "thumbhash": (Varchar, {"length": 40, "default": "", "null": False, **SAME}),
    "focal_x": (DoublePrecision, SHARE),
    "focal_y": (DoublePrecision, SHARE),
}


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="db", description=DESCRIPTION)
    for name, (column, params) in COLUMNS.items():
        manager.add_column(
            table_class_name="PropertyImage",
            tablename="property_image",
            column_name=name,
            db_column_name=name,
            column_class_name=column.__name__,
            column_class=column,
            params=params,
            schema=None,
        )
    return manager
