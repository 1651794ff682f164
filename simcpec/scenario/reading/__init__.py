"""From the bytes of a YAML file to nodes with positions, and back."""
