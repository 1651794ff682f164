/* For limit.c built with -DAHEAD=64: routine leads are drawn that many at a time, in loops without jumps, which the
   compiler makes vector code of. The values are those of one draw at a time. */

static inline double log_normal_flat(double scale, double shape, double u) {
    double s = 1.0 - u, most = 1.0 - 1.1102230246251565e-16, p = s < most ? s : most;
    double q = p - 0.5, r = 0.180625 - q * q, a, b, c, d, e, f, v, middle, near, far, tail;
    a = q * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
        + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
        + 133.14166789178437745) * r + 3.387132872796366608);
    b = (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
        + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
        + 42.313330701600911252) * r + 1.0);
    middle = a / b;
    v = sqrt(-log_(p < 1.0 - p ? p : 1.0 - p));
    r = v - 1.6;
    c = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
        + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
        + 4.6303378461565452959) * r + 1.42343711074968357734);
    d = (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
        + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
        + 2.05319162663775882187) * r + 1.0);
    near = c / d;
    r = v - 5.0;
    e = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
        + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
        + 5.4637849111641143699) * r + 6.6579046435011037772);
    f = (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
        + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
        + 0.59983220655588793769) * r + 1.0);
    far = e / f;
    tail = v <= 5.0 ? near : far;
    tail = q < 0.0 ? -tail : tail;
    return scale * exp_(-shape * (fabs(q) <= 0.425 ? middle : tail));
}

static void leads_ahead(State *s, const World *w, i64 p) {
    double u[4];
    for (i64 j = 0; j < AHEAD; j++) {
        draw(s, s->leads[p] + j, s->place[p], S_ROUTINE_LEAD, 0, u);
        for (int k = 0; k < 4; k++) s->drawn[k][j] = u[k];
    }
    for (i64 j = 0; j < AHEAD; j++) s->lead_gap[p][j] = ticks(w, -log_(s->drawn[0][j]) / w->province[p].routine);
    memcpy(s->lead_patience[p], s->drawn[3], sizeof s->drawn[3]);
    for (i64 j = 0; j < AHEAD; j++)
        s->lead_work[p][j] = ticks(w, log_normal_flat(w->work_scale, w->work_shape, s->drawn[2][j]));
}
