# mitoyen begin: settles what was pushed
(
    [ -z "${MITOYEN_SETTLING:-}" ] || exit 0
    mitoyen=@mitoyen@
    [ -x "$mitoyen" ] || mitoyen=mitoyen
    exec "$mitoyen" hooks run post-receive
) || :
# mitoyen end
