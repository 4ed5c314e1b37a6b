"""Two source roots (engine/, plugins/), the schemas as package data, one optional compiled kernel.

Everything else is in pyproject.toml. The kernel is optional on purpose: without a C compiler the build goes
on, and the numpy twin in mitoyen.allocation gives the same unit of energy, more slowly.
"""

from hashlib import sha256
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, find_packages, setup

KERNEL = "engine/mitoyen/allocation/_kernel.pyx"

kernel = cythonize(
    [
        Extension(
            "mitoyen.allocation._kernel",
            [KERNEL],
            # A compiled kernel knows the source it was made from, so that a stale one is not used.
            define_macros=[("MITOYEN_SOURCE", f'"{sha256(Path(KERNEL).read_bytes()).hexdigest()}"')],
            # Portable flags only: a wheel built here must run on any machine of the same architecture.
            extra_compile_args=["-O3", "-g0"],
        )
    ],
    language_level=3,
)
for extension in kernel:
    extension.optional = True  # cythonize() drops it

DATA = ["*.yaml", "**/*.yaml", "**/*.typ", "*.md", "py.typed", "templates/*", "assets/*"]
"""What comes with a plugin beside its code."""

engine = find_packages("engine")
plugins = find_packages("plugins")

setup(
    packages=[*engine, *plugins, "mitoyen.schemas"],
    package_dir={
        "mitoyen": "engine/mitoyen",
        "mitoyen.schemas": "schemas",
        **{name: f"plugins/{name.replace('.', '/')}" for name in plugins},
    },
    package_data={
        "mitoyen": ["py.typed", "allocation/*.pyi", "scaffold/**/*"],
        "mitoyen.schemas": ["*.json"],
        **{name: DATA for name in plugins if "." not in name},
    },
    ext_modules=kernel,
)
