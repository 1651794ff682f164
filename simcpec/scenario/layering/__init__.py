"""From several layers to one scenario: merging, varying, and finding the layer at fault."""
