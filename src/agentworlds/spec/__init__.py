"""The language of world scripts; knows no SQL."""
