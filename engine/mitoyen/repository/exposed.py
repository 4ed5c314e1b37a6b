"""Whether git would take what is put in a folder."""

from __future__ import annotations

from pathlib import Path


def exposed(folder: Path) -> str | None:
    """How a file of that folder would get into git, in a sentence; None where it would not."""
    import git

    standing = next(path for path in (folder, *folder.parents) if path.is_dir())
    try:
        repo = git.Repo(standing, search_parent_directories=True)
    except git.InvalidGitRepositoryError:
        return None
    if repo.working_tree_dir is None:  # the inside of a bare repository, which git does not look at
        return None
    try:
        tracked = repo.git.ls_files("--", folder).splitlines()
    except git.GitCommandError:  # a repository of somebody else: what git does not say is not taken for a no
        return f"{folder} lies in {repo.working_tree_dir}, where git does not answer"
    if tracked:
        return f"git tracks {tracked[0]}" + (f" and {len(tracked) - 1} more here" if len(tracked) > 1 else "")
    try:
        # Without an ending: that git ignores some kinds of files does not keep the folder out of it.
        repo.git.check_ignore("--quiet", folder / "party")
    except git.GitCommandError:
        return f"{folder} lies in {repo.working_tree_dir}, which does not ignore it"
    return None
