"""Our own logarithm, exponential, normal and gamma functions: the same bits on every machine and in both engines.

Only + - * / sqrt, comparisons and bit casts are used. These are exact by IEEE 754, so the bits depend neither on the C
library nor on the compiler; ``math.log`` and ``math.exp`` differ between libraries in the last bit. Division by zero is
avoided by branches, because plain Python raises where compiled code gives inf.

Sources. `log`, `exp`: reduction and minimax polynomials of fdlibm (Sun Microsystems 1993), below 1 ulp.
`normal_quantile`: Wichura 1988, algorithm AS 241 (PPND16). `log_gamma`: Taylor series about 2 (Abramowitz &
Stegun 6.1.33) and Stirling's series (6.1.40). `gamma_p`: series and continued fraction (A&S 6.5.29, 6.5.31; modified
Lentz) with the saddle-point prefactor of Loader 2000. `log1p`, `expm1`: Kahan's correction quotients.
"""

from __future__ import annotations

import math
from typing import Final

from simcpec.numerics.jit import bits_of, float_of, kernel, subroutine

INF: Final = math.inf
_LN2_HIGH: Final = 6.93147180369123816490e-01  # ln 2 with 32 trailing zero bits: k * _LN2_HIGH is exact
_LN2_LOW: Final = 1.90821492927058770002e-10
_INV_LN2: Final = 1.44269504088896338700
_SQRT_HALF_BITS: Final = 0x3FE6A09E667F3BCD
_ONE_LESS_SQRT_HALF: Final = 0x3FF0000000000000 - 0x3FE6A09E667F3BCD
_FRACTION: Final = 0x000FFFFFFFFFFFFF
_TWO52_BITS: Final = 0x4330000000000000  # 2**52 + n has the integer n in its low bits: a conversion without a branch
_TWO52_PLUS_BIAS: Final = 4503599627370496.0 + 1023.0
_ROUNDER: Final = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to an integer, kept in the low bits
_SMALLEST_NORMAL: Final = 2.2250738585072014e-308
_HALF_LN_2PI: Final = 0.91893853320467274178
_TWO_PI: Final = 6.28318530717958647693


@kernel
def log_inside(x: float) -> float:
    """`log` for x positive, finite and normal, without any jump, so that loops over it become vector code."""
    t = bits_of(x) + _ONE_LESS_SQRT_HALF
    k = float_of((t >> 52) | _TWO52_BITS) - _TWO52_PLUS_BIAS
    f = float_of((t & _FRACTION) + _SQRT_HALF_BITS) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    h = 0.5 * f * f
    return k * _LN2_HIGH - ((h - (s * (h + (even + odd)) + k * _LN2_LOW)) - f)


@kernel
def log(x: float) -> float:
    """Natural logarithm, within 1 ulp. log(0) = -inf, log(negative) = nan, log(inf) = inf."""
    if x >= _SMALLEST_NORMAL and x < INF:
        return log_inside(x)
    if x > 0.0 and x < INF:
        return log_inside(x * 18014398509481984.0) - 54.0 * _LN2_HIGH - 54.0 * _LN2_LOW
    if x == 0.0:
        return -INF
    return x if x == INF else math.nan


@kernel
def _exp_parts(x: float) -> tuple[float, float]:
    """exp(x) = mantissa * 2**k: the mantissa in (0.7, 1.42), and k + `_ROUNDER`, in whose low bits k stands."""
    t = x * _INV_LN2 + _ROUNDER
    k = t - _ROUNDER
    high = x - k * _LN2_HIGH
    low = k * _LN2_LOW
    r = high - low
    z = r * r
    c = r - z * (
        1.66666666666666019037e-01
        + z
        * (
            -2.77777777770155933842e-03
            + z * (6.61375632143793436117e-05 + z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08))
        )
    )
    return 1.0 - ((low - (r * c) / (2.0 - c)) - high), t


@kernel
def exp_inside(x: float) -> float:
    """`exp` for -708 <= x <= 709, without any jump."""
    mantissa, t = _exp_parts(x)
    return mantissa * float_of((((bits_of(t) & 0xFFF) + 1023) & 0x7FF) << 52)


@kernel
def exp(x: float) -> float:
    """Exponential, within 1 ulp: 0 below -745.14, inf above 709.79, gradual underflow between; nan stays nan."""
    if x >= -708.0 and x <= 709.0:
        return exp_inside(x)
    if x > 709.782712893384:
        return INF
    if x < -745.1332191019412:
        return 0.0
    if x != x:
        return x
    mantissa, t = _exp_parts(x)
    k = (bits_of(t) & 0xFFF) - ((bits_of(t) & 0x800) << 1)
    half = k >> 1
    return mantissa * float_of((half + 1023) << 52) * float_of((k - half + 1023) << 52)


@kernel
def log1p(x: float) -> float:
    """log(1 + x) without loss for small x; x > -1 (Kahan: the rounding of 1 + x is divided out)."""
    w = 1.0 + x
    if w == 1.0:
        return x
    return log(w) if w <= 0.0 or w in (x, INF) else x * (log(w) / (w - 1.0))


@kernel
def expm1(x: float) -> float:
    """exp(x) - 1 without loss for small x (Kahan)."""
    w = exp(x)
    if w == 1.0:
        return x
    if x < -37.0 or x > 37.0:
        return w - 1.0
    return (w - 1.0) * (x / log(w))


@kernel
def power(x: float, y: float) -> float:
    """x ** y for x >= 0 as exp(y log x); relative error about |y log x| ulp. 0 ** y is 0, 1 or inf by the sign of y."""
    if x == 0.0:
        return 0.0 if y > 0.0 else (1.0 if y == 0.0 else INF)
    return 1.0 if y == 0.0 else exp(y * log(x))


@kernel
def normal_quantile_inside(p: float) -> float:
    """`normal_quantile` for normal p below 1: all three ranges are computed and one is selected, without a jump."""
    q = p - 0.5
    r = 0.180625 - q * q
    middle = q * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
        + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
        + 133.14166789178437745) * r + 3.387132872796366608) / (
        ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
        + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
        + 42.313330701600911252) * r + 1.0)  # fmt: skip
    s = math.sqrt(-log_inside(min(p, 1.0 - p)))
    r = s - 1.6
    near = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
        + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
        + 4.6303378461565452959) * r + 1.42343711074968357734) / (
        ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
        + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
        + 2.05319162663775882187) * r + 1.0)  # fmt: skip
    r = s - 5.0
    far = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
        + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
        + 5.4637849111641143699) * r + 6.6579046435011037772) / (
        ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
        + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
        + 0.59983220655588793769) * r + 1.0)  # fmt: skip
    tail = near if s <= 5.0 else far
    tail = -tail if q < 0.0 else tail
    return middle if abs(q) <= 0.425 else tail


@kernel
def normal_quantile(p: float) -> float:
    """Standard normal quantile, relative error about 1e-15; -inf at 0, inf at 1, nan outside [0, 1].

    Below the smallest normal number (2.2e-308) the quantile of that number (-37.5) is returned.
    """
    if p > 0.0 and p < 1.0:
        return normal_quantile_inside(max(p, _SMALLEST_NORMAL))
    return -INF if p == 0.0 else (INF if p == 1.0 else math.nan)


# ------------------------------------------------------------------------------------------------ gamma


@kernel
def _log_gamma_near_two(z: float) -> float:
    """log Gamma(2 + z) for |z| <= 0.5: (1 - Euler) z + sum over k of (-1)**k (zeta(k) - 1) / k z**k (A&S 6.1.33)."""
    tail = 2.0507212775670694e-05 + z * (-9.439488275268395e-06 + z * (4.374866789907487e-06
        + z * (-2.039215753801366e-06 + z * (9.55141213040742e-07 + z * (-4.492469198764566e-07
        + z * (2.1207184805554667e-07 + z * (-1.00432248239681e-07 + z * (4.769810169363981e-08
        + z * (-2.2711094608943164e-08 + z * (1.0838659214896955e-08 + z * (-5.183475041970047e-09
        + z * (2.4836745438024785e-09 + z * (-1.1921401405860912e-09 + z * (5.731367241678862e-10
        + z * (-2.7595228851242334e-10 + z * 1.3304764374244491e-10)))))))))))))))  # fmt: skip
    return z * (0.42278433509846714 + z * (0.3224670334241132 + z * (-0.0673523010531981
        + z * (0.020580808427784546 + z * (-0.007385551028673986 + z * (0.0028905103307415234
        + z * (-0.001192753911703261 + z * (0.0005096695247430425 + z * (-0.00022315475845357936
        + z * (9.945751278180853e-05 + z * (-4.492623673813314e-05 + z * tail)))))))))))  # fmt: skip


@kernel
def _stirling_tail(x: float) -> float:
    """log Gamma(x) - ((x - 1/2) log x - x + log(2 pi)/2) for x >= 10 (A&S 6.1.40, eight terms, 1e-17)."""
    w = 1.0 / (x * x)
    return (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w * (1.0 / 1680.0 - w * (1.0 / 1188.0
        - w * (691.0 / 360360.0 - w * (1.0 / 156.0 - w * (3617.0 / 122400.0)))))))) / x  # fmt: skip


@subroutine
def log_gamma(x: float) -> float:
    """log Gamma(x), relative error below 1e-14 also beside the zeros at 1 and 2. inf at 0 and inf, nan below 0."""
    if not (x > 0.0 and x < INF):
        return INF if x == 0.0 or x == INF else math.nan
    if x < 0.5:
        return log_gamma_above_half(x + 1.0) - log(x) if x > 1e-17 else -log(x)
    return log_gamma_above_half(x)


@subroutine
def log_gamma_above_half(x: float) -> float:
    """`log_gamma` for x >= 0.5."""
    if x < 1.5:
        return _log_gamma_near_two(x - 1.0) - log1p(x - 1.0)
    if x >= 10.0:
        return (x - 0.5) * log(x) - x + _HALF_LN_2PI + _stirling_tail(x)
    product = 1.0
    while x > 2.5:
        x -= 1.0
        product *= x
    return _log_gamma_near_two(x - 2.0) + log(product)


@subroutine
def _deviance(ratio_less_one: float) -> float:
    """y - log(1 + y) for y > -1, without cancellation near 0 (the series of Loader 2000, his bd0)."""
    y = ratio_less_one
    if y < -0.2 or y > 0.25:
        return y - log1p(y)
    v = y / (2.0 + y)  # log(1 + y) = 2 atanh(v), and y - 2 v = y v
    total = y * v
    power_of_v = 2.0 * v
    n = 1.0
    while True:
        power_of_v *= v * v
        n += 2.0
        larger = total - power_of_v / n
        if larger == total:
            return total
        total = larger


@subroutine
def _gamma_prefactor(shape: float, x: float) -> float:
    """x**shape exp(-x) / Gamma(shape + 1), x > 0: relative error near 1e-14, also for large shapes (saddle point).

    Far below the shape x / shape - 1 would lose the digits of x, and nothing cancels in the plain form.
    """
    if shape < 10.0 or x < 1e-3 * shape:
        return exp(shape * log(x) - x - log_gamma(shape + 1.0))
    scaled = -shape * _deviance((x - shape) / shape) - _stirling_tail(shape)
    return exp(scaled) / math.sqrt(_TWO_PI * shape)


@subroutine
def gamma_tails(shape: float, x: float) -> tuple[float, float]:
    """(P, Q) of the regularised incomplete gamma function, P + Q = 1, each with its own relative precision.

    shape : > 0, tested from 0.01 to 10,000.      x : any; below 0 counts as 0.
    """
    if x <= 0.0:
        return 0.0, 1.0
    if x == INF:
        return 1.0, 0.0
    return _tails_behind(_gamma_prefactor(shape, x), shape, x)


@subroutine
def _tails_behind(front: float, shape: float, x: float) -> tuple[float, float]:
    """`gamma_tails` for 0 < x < inf, its prefactor being known."""
    if x < shape + 1.0:
        lower = min(1.0, front * _lower_series(shape, x))
        return lower, 1.0 - lower
    upper = min(1.0, front * shape * _upper_fraction(shape, x))
    return 1.0 - upper, upper


@subroutine
def _lower_series(shape: float, x: float) -> float:
    """1 + x/(a+1) + x**2/((a+1)(a+2)) + ... (A&S 6.5.29), for x < a + 1."""
    term = 1.0
    total = 1.0
    n = shape
    while term > total * 1e-17:
        n += 1.0
        term *= x / n
        total += term
    return total


@subroutine
def _upper_fraction(shape: float, x: float) -> float:
    """The continued fraction of Gamma(a, x) / (x**a exp(-x)) (A&S 6.5.31), for x >= a + 1; ends within 2,000 steps."""
    b = x + 1.0 - shape
    c = 1e300
    d = 1.0 / b
    value = d
    for i in range(1, 2000):
        a = i * (shape - i)
        b += 2.0
        d = a * d + b
        d = 1.0 / (d if d != 0.0 else 1e-300)
        c = b + a / c
        c = c if c != 0.0 else 1e-300
        value *= d * c
        if abs(d * c - 1.0) < 2.3e-16:
            break
    return value


@kernel
def gamma_p(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma function P(shape, x): the gamma distribution function with unit scale."""
    lower, _ = gamma_tails(shape, x)
    return lower


@subroutine
def gamma_quantile(p: float, shape: float) -> float:
    """The x with P(shape, x) = p, to a relative 1e-12 in whichever tail is smaller; 0 at 0, inf at 1.

    p : in [0, 1].      shape : > 0, tested from 0.01 to 10,000.      A quantile below 1e-308 comes back as 0.
    """
    return gamma_quantile_of_tails(p, 1.0 - p, shape)


@subroutine
def gamma_quantile_of_tails(p: float, q: float, shape: float) -> float:
    """`gamma_quantile` from both tails p + q = 1: whichever is smaller decides, so neither loses digits."""
    if not (p >= 0.0 and q >= 0.0 and shape > 0.0):
        return math.nan
    if p == 0.0 or q == 0.0:
        return 0.0 if p == 0.0 else INF
    start = _gamma_start(p, q, shape)
    if start < -707.0:
        return exp(start)  # so far down P(shape, x) is its leading term, and the start is the solution
    return _gamma_root(p, q, shape, exp(start))


@subroutine
def _gamma_root(p: float, q: float, shape: float, x: float) -> float:
    """Safe Newton from x on the logarithm of the smaller tail as a function of log x: concave and nearly straight.

    A step that leaves the bracket becomes a bisection.
    """
    lower_tail = p <= q
    aim = p if lower_tail else q
    low = 1e-308
    high = shape + 800.0 + 40.0 * math.sqrt(shape)
    for _ in range(200):
        front = _gamma_prefactor(shape, x)
        below, above = _tails_behind(front, shape, x)
        tail = below if lower_tail else above
        if (below < p) if lower_tail else (above > q):
            low = x
        else:
            high = x
        slope = shape * front if lower_tail else -shape * front  # of the tail, as a function of log x
        step = log(aim / tail) * tail / slope if tail > 0.0 and front > 0.0 else INF
        if abs(step) < 1e-8:
            return x + x * step  # Newton doubles the digits: what is left is below the last one
        x = x * exp(step) if abs(step) < 700.0 else INF
        if not (x > low and x < high):
            x = math.sqrt(low) * math.sqrt(high)
    return x


@subroutine
def _gamma_start(p: float, q: float, shape: float) -> float:
    """Logarithm of a first guess: the leading term of the series below, Wilson & Hilferty 1931 elsewhere."""
    leading = (log(p) + log_gamma(shape + 1.0)) / shape
    if leading < log(0.2 * (shape + 1.0)) - 1.0:
        return leading
    z = normal_quantile(p) if p <= q else -normal_quantile(q)
    cube = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * math.sqrt(shape))
    return log(shape * cube * cube * cube) if cube > 0.1 else min(leading, log(shape + 1.0))
