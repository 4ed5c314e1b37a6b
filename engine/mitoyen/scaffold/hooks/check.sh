# mitoyen begin: refuses to push operations that do not hold; `git push --no-verify` goes past it
(
    # What stands above this block may have refused already.
    code=$?
    [ $code -eq 0 ] || exit $code
    # What git tells its hooks about one command would mislead the git that mitoyen calls.
    unset $(git rev-parse --local-env-vars)
    cd @folder@ && [ -d operations ] || exit 0
    mitoyen=@mitoyen@
    [ -x "$mitoyen" ] || mitoyen=mitoyen
    said=$("$mitoyen" check 2>&1) && exit 0 || code=$?
    printf '%s\n' "$said" >&2
    # 1 is a finding; a mitoyen that is missing or cannot run is said, and stops nobody's work.
    [ $code -ne 1 ]
) || exit $?
# mitoyen end
