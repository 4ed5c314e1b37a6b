"""What a change would do: the settlement walked over two revisions, then subtracted.

    changes of values -> units they may reach -> both sides computed -> who would pay how much more, and why

Data first (``planned``), made by a walk (``making``), shown by renderers (``text``).
"""

from __future__ import annotations

from mitoyen.plan.making import make, proposed
from mitoyen.plan.planned import FORMAT_VERSION, Plan

__all__ = ["FORMAT_VERSION", "Plan", "make", "proposed"]
