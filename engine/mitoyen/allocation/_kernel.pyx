# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The compiled allocation kernel: integers shared exactly, step by step. No policy lives here.

The curves lie in memory consumer after consumer, while every decision is taken step by step. So the
work goes in *blocks* of STEPS steps: sum the block along memory, gather the few steps that need a
division into a *tile* (one step a line, in cache), decide each line, write the block back along memory.

Largest remainder, for one step, is one pass and a search:

* the part of row i is floor(amount * w[i] / whole). A float guesses the quotient, integers judge it: the guess is
  made shy on purpose, so that it is the quotient or one less, and the remainder says which. Three widths, all
  exact: doubles that hold integers below 2**52, two or four a time, for nearly every step there is; int64, where
  amount * w[i] may well pass 2**64, as the remainder is a small difference of two such products and differences
  are exact modulo 2**64; 128 bits beyond what `mitoyen.allocation` checks once a call.
* the units left over go to the largest remainders, first rows first where they tie: a cut such that as many
  remainders lie above it, found by interpolation between counts. Counting what is above a cut has no
  branch to mispredict: that is why it beats sorting. Remainders are compared by digits of DIGIT bits, four at
  once even with SSE2 alone; the first digit is the whole remainder up to a megawatt-hour a step.

Callers validate: shapes agree, no value is negative, the bounds hold.
"""

from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

cdef extern from *:
    """
    typedef unsigned __int128 mitoyen_u128;
    """
    ctypedef unsigned long long u128 "mitoyen_u128"
    const char* MITOYEN_SOURCE

source = MITOYEN_SOURCE.decode()  # the digest of this file when it was compiled

# What products are made of. Functions that have one only take it for its type.
ctypedef fused product_t:
    int64_t
    u128

cdef enum:
    STEPS = 16  # a block: two cache lines of each row, and a tile that stays in the level 2 cache
    DIGIT = 30  # bits: twice a digit fits in 31
    FEW = 24  # rows up to which ranking all is cheaper than searching a cut

cdef double SHY = 1 - 2.0 ** -50  # more than the six roundings of a guess can add

cdef struct Job:
    Py_ssize_t n, t
    const int64_t* pot  # [t]
    const int64_t* base  # [n, t]: weights, or demand for `fill`
    Py_ssize_t base_row, base_step  # strides; a step stride of 0 is a weight that never changes
    const int64_t* weights  # [n, t] for `fill`, else NULL
    Py_ssize_t weights_row, weights_step
    int64_t whole  # what the weights are parts of; 0: their sum
    bint capped  # never share out more than the sum of base
    int64_t* out  # [n, t] or NULL
    const int64_t* slot  # [t] with sums, else NULL
    Py_ssize_t count
    int64_t* sums  # [n, count] or NULL
    int64_t* used  # [t] with sums, else NULL


cdef inline int32_t ranked(const int32_t* digit, int32_t n, int64_t* left) noexcept nogil:
    """What `searched` finds, by counting for each digit how many are larger."""
    cdef int32_t wanted = <int32_t>left[0]
    cdef int32_t cut = INT32_MAX
    cdef int32_t over_cut = 0
    cdef int32_t reach = 0
    cdef int32_t i, j, larger, taken
    for i in range(n):
        larger = 0
        for j in range(n):
            larger += digit[j] > digit[i]
        taken = -(larger < wanted)  # a mask: a branch here would be a coin toss
        reach -= taken
        cut = min(cut, digit[i] & taken | INT32_MAX & ~taken)
        over_cut = max(over_cut, larger & taken)
    if reach == wanted:
        left[0] = 0
        return cut - 1
    left[0] = wanted - over_cut
    return cut


cdef inline int32_t searched(const int32_t* digit, int32_t n, int32_t high, int64_t* left) noexcept nogil:
    """The cut such that digits above it get a unit each; `left` becomes what is for digits equal to it.

    Keeps count(digit >= low) > left > count(digit >= high). Remainders are nearly uniform, so interpolation ends
    the loop after about four passes. Where they are not (equal consumers, say) the ends are moved to digits that
    exist; and as every fourth pass halves the interval the loop ends whatever they are.
    """
    cdef int32_t wanted = <int32_t>left[0]
    cdef int32_t low = 0
    cdef int32_t over_low = n
    cdef int32_t over_high = 0
    cdef int32_t i, middle, over, least, most
    cdef int turn = 0
    while high - low > 1:
        turn += 1
        if turn == 6:
            least = high
            most = low
            over_low = 0
            for i in range(n):
                least = min(least, digit[i] if digit[i] >= low else high)
                most = max(most, digit[i] if digit[i] < high else low)
                over_low += digit[i] >= low
            low = least
            high = most + 1
            continue
        if turn & 3 == 0:
            middle = low + (high - low) // 2
        else:
            middle = low + <int32_t>(
                <double>(high - low) * (<double>(over_low - wanted) / <double>(over_low - over_high))
            )
            middle = min(max(middle, low + 1), high - 1)
        over = 0
        for i in range(n):
            over += digit[i] > middle - 1
        if over == wanted:
            left[0] = 0
            return middle - 1
        if over > wanted:
            low = middle
            over_low = over
        else:
            high = middle
            over_high = over
    left[0] = wanted - over_high
    return low


cdef inline void hand_out(
    int64_t left, int32_t high, int shift, int32_t* digit, const int64_t* rests, int64_t* part, Py_ssize_t n
) noexcept nogil:
    """One unit to each of the `left` largest remainders, first rows first where they tie.

    Digit after digit: `digit` has the first, rest >> shift, below `high`. A row out of the race has digit -1:
    from the start one without remainder (remainders add up to left * whole and each is below whole, so more
    than `left` of them are not 0), then whoever differs from the tied ones in a digit before.
    """
    cdef Py_ssize_t i
    cdef int32_t cut, mask
    cdef int lower
    while True:
        cut = ranked(digit, n, &left) if n <= FEW else searched(digit, n, high, &left)
        for i in range(n):
            part[i] += digit[i] > cut
        if left == 0:
            return
        if shift == 0:
            break
        lower = max(0, shift - DIGIT)
        mask = <int32_t>((<int64_t>1 << (shift - lower)) - 1)
        high = 1 << DIGIT
        for i in range(n):
            digit[i] = <int32_t>(rests[i] >> lower) & mask if digit[i] == cut else -1
        shift = lower
    i = 0
    while left:
        part[i] += digit[i] == cut
        left -= digit[i] == cut
        i += 1


cdef inline int64_t divide_in_doubles(
    int64_t amount, int64_t whole, int64_t* line, Py_ssize_t n, int32_t* digit
) noexcept nogil:
    """`divide` where products are below 2**52: every double is an integer, so exact, fused or not."""
    cdef Py_ssize_t i
    cdef double amount_ = <double>amount
    cdef double whole_ = <double>whole
    cdef double scale = amount_ / whole_ * SHY
    cdef double product
    cdef int32_t limit = <int32_t>whole
    cdef int32_t left = <int32_t>amount
    cdef int32_t part, rest, short
    for i in range(n):
        product = amount_ * <double><int32_t>line[i]
        part = <int32_t>(scale * <double><int32_t>line[i])
        rest = <int32_t>(product - whole_ * <double>part)
        short = rest >= limit
        part += short
        rest -= limit & -short
        left -= part
        line[i] = part
        digit[i] = rest - (rest == 0)
    return left


cdef inline int64_t divide(
    product_t kind, int64_t amount, int64_t whole, int64_t* line, Py_ssize_t n, int shift,
    int64_t* rests, int32_t* digit
) noexcept nogil:
    """Replace weights by quotients, tell remainders and their first digits, return the units left over."""
    cdef Py_ssize_t i
    cdef double scale = <double>amount / <double>whole * SHY
    cdef int64_t left = amount
    cdef int64_t part, rest, short
    cdef u128 product
    for i in range(n):
        if product_t is int64_t:
            part = <int64_t>(scale * <double>line[i])
            rest = <int64_t>(<uint64_t>amount * <uint64_t>line[i] - <uint64_t>part * <uint64_t>whole)
            short = rest >= whole
            part += short
            rest -= whole & -short
        else:
            product = <u128>amount * <u128>line[i]
            part = <int64_t>(product / <u128>whole)
            rest = <int64_t>(product - <u128>part * <u128>whole)
        left -= part
        line[i] = part
        rests[i] = rest
        digit[i] = <int32_t>(rest >> shift) - (rest == 0)
    return left


cdef inline void apportion(
    product_t kind, int64_t amount, int64_t whole, int64_t* line, Py_ssize_t n, int64_t* rests, int32_t* digit
) noexcept nogil:
    """Largest remainder: replace the n weights of `line`, that add up to `whole` > 0, by parts of `amount`."""
    cdef Py_ssize_t i
    cdef int64_t seen = 0
    cdef int64_t left
    cdef int shift = 0
    for i in range(n):
        seen |= line[i]
    if whole < 1 << DIGIT and amount < 1 << DIGIT and amount * seen < <int64_t>1 << 52:
        left = divide_in_doubles(amount, whole, line, n, digit)
    else:
        while whole >> shift >> DIGIT:
            shift += 1
        left = divide[product_t](kind, amount, whole, line, n, shift, rests, digit)
    if left:
        hand_out(left, <int32_t>(whole >> shift) + 1, shift, digit, rests, line, n)


cdef inline void level(
    product_t kind, int64_t pot, int64_t* line, const int64_t* weights, Py_ssize_t n,
    int64_t* demand, int64_t* weight, int64_t* row, int32_t* digit
) noexcept nogil:
    """Water filling: replace the demands of `line`, that add up to more than `pot`, by what they get.

    A row is full when demand <= pot * weight / (sum of weights), with pot and weights of the rows not
    known to be full yet. Taking full rows out can only raise that level, so they stay full; when a pass finds
    none the set is the exact one. (Newton's method on the level: a pass halves the weight or the energy
    that is left to place, so there are at most about 120 of them, three or four in practice.)
    What remains is apportioned among the others. There demand > pot * weight / whole, and demand is
    an integer: it is at least the floor plus one, so a leftover unit never passes it.
    """
    cdef Py_ssize_t i, kept
    cdef Py_ssize_t active = 0
    cdef int64_t whole = 0
    cdef int64_t full_demand, full_weight
    cdef bint full
    for i in range(n):
        demand[active] = line[i]
        weight[active] = weights[i]
        row[active] = i
        whole += weights[i]
        active += weights[i] > 0  # without weight the demand is 0 already
    while True:
        kept = 0
        full_demand = 0
        full_weight = 0
        for i in range(active):
            full = <product_t>demand[i] * <product_t>whole <= <product_t>pot * <product_t>weight[i]
            full_demand += demand[i] & -<int64_t>full
            full_weight += weight[i] & -<int64_t>full
            demand[kept] = demand[i]
            weight[kept] = weight[i]
            row[kept] = row[i]
            kept += not full
        if kept == active:
            break
        active = kept
        pot -= full_demand
        whole -= full_weight
    apportion[product_t](kind, pot, whole, weight, active, demand, digit)
    for i in range(active):
        line[row[i]] = weight[i]


cdef inline Py_ssize_t runs(const int64_t* slot, Py_ssize_t width, Py_ssize_t* end) noexcept nogil:
    """Where the runs of equal slots end: billing slots change a few times a day, so runs are long."""
    cdef Py_ssize_t k
    cdef Py_ssize_t found = 0
    for k in range(1, width):
        end[found] = k
        found += slot[k] != slot[k - 1]
    end[found] = width
    return found + 1


cdef inline void add_runs(
    const int64_t* line, const int64_t* slot, const Py_ssize_t* end, Py_ssize_t found, int64_t* sums
) noexcept nogil:
    cdef Py_ssize_t r, k
    cdef Py_ssize_t start = 0
    cdef int64_t total
    for r in range(found):
        if slot[start] >= 0:
            total = 0
            for k in range(start, end[r]):
                total += line[k]
            sums[slot[start]] += total
        start = end[r]


cdef int walk(const Job* job, product_t kind) noexcept nogil:
    """Every block of a job. -1 when memory is short."""
    cdef Py_ssize_t n = job.n
    # A whole number of cache lines, and not of pages, which would all fall in the same cache sets.
    cdef Py_ssize_t pitch = ((n + 8) // 8 | 1) * 8
    cdef Py_ssize_t lines = 4 + STEPS * (1 if job.weights == NULL else 2)
    cdef int64_t* tile = <int64_t*>malloc(lines * pitch * sizeof(int64_t))
    if tile == NULL:
        return -1
    cdef int64_t* spare = tile + pitch * STEPS
    cdef int32_t* digit = <int32_t*>(spare + 3 * pitch)
    cdef int64_t* tile_weights = spare + 4 * pitch
    cdef const int64_t* source
    cdef int64_t* line
    cdef int64_t[STEPS] total, amount, whole, keep, buffer
    cdef Py_ssize_t[STEPS] step, end
    cdef Py_ssize_t start = 0
    cdef Py_ssize_t found = 0
    cdef Py_ssize_t width, i, k, s, scarce
    cdef int64_t any_pot
    while start < job.t:
        width = min(STEPS, job.t - start)
        any_pot = 0
        for k in range(width):
            any_pot |= job.pot[start + k]
            total[k] = 0
        scarce = 0
        if any_pot:
            for i in range(n):
                source = job.base + i * job.base_row + start * job.base_step
                for k in range(width):
                    total[k] += source[k * job.base_step]
            for k in range(width):
                amount[k] = job.pot[start + k]
                if job.capped:
                    amount[k] = min(amount[k], total[k])
                whole[k] = job.whole if job.whole else total[k]
                keep[k] = -<int64_t>(amount[k] == whole[k])
                step[scarce] = k
                scarce += amount[k] != 0 and total[k] != 0 and not keep[k]
            for i in range(n if scarce else 0):
                source = job.base + i * job.base_row + start * job.base_step
                for s in range(scarce):
                    tile[s * pitch + i] = source[step[s] * job.base_step]
            if job.weights != NULL:
                for i in range(n if scarce else 0):
                    source = job.weights + i * job.weights_row + start * job.weights_step
                    for s in range(scarce):
                        tile_weights[s * pitch + i] = source[step[s] * job.weights_step]
            for s in range(scarce):
                line = tile + s * pitch
                k = step[s]
                if job.weights != NULL:
                    level[product_t](
                        kind, amount[k], line, tile_weights + s * pitch, n,
                        spare, spare + pitch, spare + 2 * pitch, digit,
                    )
                else:
                    line[n] = whole[k] - total[k]  # the invisible participant, if any
                    apportion[product_t](kind, amount[k], whole[k], line, n + (job.whole != 0), spare, digit)
        else:
            memset(amount, 0, sizeof(amount))
            memset(keep, 0, sizeof(keep))
        if job.sums != NULL:
            found = runs(job.slot + start, width, end)
            for k in range(width):
                job.used[start + k] = amount[k]
        for i in range(n if job.out != NULL or any_pot else 0):
            line = &buffer[0] if job.out == NULL else job.out + i * job.t + start
            source = job.base + i * job.base_row + start * job.base_step
            if not any_pot:
                memset(line, 0, width * sizeof(int64_t))
                continue
            if scarce < width:
                for k in range(width):
                    line[k] = source[k * job.base_step] & keep[k]
            for s in range(scarce):
                line[step[s]] = tile[s * pitch + i]
            if job.sums != NULL:
                add_runs(line, job.slot + start, end, found, job.sums + i * job.count)
        start += width
    free(tile)
    return 0


cdef int run(Job* job, const int64_t[:, :] base, bint wide) except -1:
    cdef Py_ssize_t item = sizeof(int64_t)
    cdef int failed
    job.n = base.shape[0]
    job.t = base.shape[1]
    if job.n == 0 or job.t == 0:
        return 0
    job.base = &base[0, 0]
    job.base_row = base.strides[0] // item
    job.base_step = base.strides[1] // item
    with nogil:
        failed = walk[u128](job, 0) if wide else walk[int64_t](job, 0)
    if failed:
        raise MemoryError
    return 0


def share(
    const int64_t[::1] pot not None,
    const int64_t[:, :] base not None,
    const int64_t[:, :] weights,
    int64_t whole,
    bint capped,
    bint wide,
    int64_t[:, ::1] out not None,
):
    """Write into `out` the parts of `pot` [t] by `base` [n, t], or by the levels that `weights` give."""
    cdef Job job
    memset(&job, 0, sizeof(job))
    if base.shape[0] and base.shape[1]:
        job.pot = &pot[0]
        job.out = &out[0, 0]
        if weights is not None:
            job.weights = &weights[0, 0]
            job.weights_row = weights.strides[0] // <Py_ssize_t>sizeof(int64_t)
            job.weights_step = weights.strides[1] // <Py_ssize_t>sizeof(int64_t)
    job.whole = whole
    job.capped = capped
    run(&job, base, wide)


def share_by_slot(
    const int64_t[::1] pot not None,
    const int64_t[:, :] base not None,
    const int64_t[::1] slot not None,
    bint wide,
    int64_t[:, ::1] sums not None,
    int64_t[::1] used not None,
):
    """Add into `sums` [n, count] the capped parts of `pot` by `base`, into `used` [t] what was shared."""
    cdef Job job
    memset(&job, 0, sizeof(job))
    job.count = sums.shape[1]
    if base.shape[0] and base.shape[1]:
        job.pot = &pot[0]
        job.slot = &slot[0]
        job.sums = <int64_t*>&sums[0, 0] if job.count else <int64_t*>&used[0]  # no slot: never touched
        job.used = &used[0]
    job.capped = True
    run(&job, base, wide)


def slot_sums(
    const int64_t[:, ::1] values not None,
    const int64_t[::1] slot not None,
    int64_t[:, ::1] sums not None,
):
    """Add into `sums` [n, count] the `values` [n, t] by slot."""
    cdef Py_ssize_t n = values.shape[0]
    cdef Py_ssize_t t = values.shape[1]
    cdef Py_ssize_t i, found
    if n == 0 or t == 0 or sums.shape[1] == 0:
        return
    cdef Py_ssize_t* end = <Py_ssize_t*>malloc(t * sizeof(Py_ssize_t))
    if end == NULL:
        raise MemoryError
    with nogil:
        found = runs(&slot[0], t, end)
        for i in range(n):
            add_runs(&values[i, 0], &slot[0], end, found, &sums[i, 0])
    free(end)
