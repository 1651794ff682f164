"""How kernels are compiled: drafts that others copy, and wholes that are optimised once.

numba optimises every function with all that it calls, makes it machine code and then does the same again for each of
its callers: two thirds of the time of a first run went into code that nobody ever calls.  Here a function that compiled
code calls is a *draft*: typed, lowered, and kept as it is.  What Python calls is a *whole*: it takes in its drafts, and
theirs, and is optimised once.  What runs is the same.

The inner parts of numba that the package stands on are all imported here, and by `simcpec.numerics.tested_numba` alone:
it imports numba under checked settings first, and says what is done where the parts are not as expected.
"""

from __future__ import annotations

from typing import Any, Final

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, CompileResult, DefaultPassBuilder
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps

__all__ = ["CompileResult", "Draft", "WholeProgram", "check_parts", "dumps"]

_PARTS: Final = (
    (JITCodeLibrary, ("finalize", "get_pointer_to_function", "codegen", "enable_object_caching", "_finalized")),
    (CompilerBase, ("define_pipelines",)),
    (DefaultPassBuilder, ("define_nopython_pipeline",)),
    (CompileResult, ("_reduce", "_rebuild")),
    (Dispatcher, ("get_call_template", "get_overload", "enable_caching")),
)
"""What is replaced, called or read of numba's classes, here and by the cache of `simcpec.numerics.jit`."""


def check_parts() -> None:
    """Raise AttributeError for an inner part that this numba does not have."""
    for owner, names in _PARTS:
        for name in names:
            getattr(owner, name)


NEEDLESS: Final = frozenset({
    "WithLifting", "InlineClosureLikes", "MakeFunctionToJitFunction", "InlineInlinables", "InlineOverloads",
    "RewriteDynamicRaises", "RewriteSemanticConstants", "DeadBranchPrune", "FindLiterallyCalls", "LiteralUnroll",
    "LiteralPropagationSubPipelinePass", "NopythonRewrites", "NoPythonSupportedFeatureValidation", "AnnotateTypes",
    "DumpParforDiagnostics",
})  # fmt: skip
"""Passes for what no kernel has: closures, `with`, literals as types, array expressions, messages made at run time,
branches on None; each walks the whole function again. A kernel that needed one would not compile."""


class DraftLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Code that is only ever copied into others: neither optimised nor made machine code."""

    def finalize(self) -> None:
        """Nothing more is added; nothing is done."""
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """0: there is no machine code."""
        return 0

    @property
    def codegen(self) -> Any:
        """Itself: all that is asked of it is to `set_env`."""
        return self

    def set_env(self, name: str, env: Any) -> None:
        """Nothing: what calls Python needs an environment, and drafts never do."""


class WholeLibrary(JITCodeLibrary):  # type: ignore[misc]
    """Code with all the drafts that it calls, and those that they call."""

    _linking_libraries: list[Any]

    def finalize(self) -> None:
        """Link everything, optimise it and make it machine code."""
        found: dict[Any, None] = {}
        waiting = list(self._linking_libraries)
        while waiting:
            library = waiting.pop()
            if library not in found:
                found[library] = None
                waiting += library._linking_libraries
        self._linking_libraries = list(found)
        super().finalize()


class Draft(CompilerBase):  # type: ignore[misc]
    """Compiles a function for compiled callers."""

    library: type[JITCodeLibrary] = DraftLibrary

    def define_pipelines(self) -> list[Any]:
        """numba's passes for compiled code, but those that have nothing to do."""
        state = self.state
        state.library = self.library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        passes = DefaultPassBuilder.define_nopython_pipeline(state)
        passes.passes = [each for each in passes.passes if each[0].__name__ not in NEEDLESS]
        passes.finalize()
        return [passes]


class WholeProgram(Draft):
    """Compiles a function for Python."""

    library = WholeLibrary
