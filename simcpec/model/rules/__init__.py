"""The rules: scalar functions of (state, parameters, uniforms); both engines call these very functions."""
