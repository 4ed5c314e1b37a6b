# mitoyen begin: settles what was committed; never makes git fail
(
    # The commit that a settlement makes is not settled again; of a merge --squash there is no commit yet.
    [ -z "${MITOYEN_SETTLING:-}" ] && [ "${1:-0}" = 0 ] || exit 0
    # What git tells its hooks about one command would mislead the git that mitoyen calls.
    unset $(git rev-parse --local-env-vars)
    # In the middle of a rebase HEAD is not ours to move: the next commit settles.
    for state in rebase-merge rebase-apply sequencer; do
        [ ! -d "$(git rev-parse --git-path "$state")" ] || exit 0
    done
    cd @folder@ && [ -d operations ] || exit 0
    mitoyen=@mitoyen@
    [ -x "$mitoyen" ] || mitoyen=mitoyen
    before=$(git rev-parse HEAD)
    said=$("$mitoyen" settle --changed --commit 2>&1) && [ "$(git rev-parse HEAD)" = "$before" ] && exit 0
    printf '%s\n' "$said" >&2
) || :
# mitoyen end
