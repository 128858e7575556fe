"""What stands where words were erased, so that every page and list shows the same."""

ERASED_TITLE = "（内容已依法删除）"
