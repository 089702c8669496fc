"""Live worlds: templates, stores, instances and pools."""
