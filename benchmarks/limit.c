/* The reduced model of worlds.py, written by hand: the physical limit of the compiled engine.

   Provinces with plots (preparation, lapse, detection by leads), routine leads, teams with two queues and impatient
   leads, Poisson marks of operations, three constant layers. The same addresses of draws, the same inversions and the
   same order of slots as the engine, so that every counter is equal to the last bit; nothing that this model does not
   need. Build with -O3 -ffp-contract=off: fused multiply-adds round differently. With -DAHEAD=64 it draws routine leads
   that many at a time, as the engine does; without, every draw when it is needed. */
#include <math.h>
#include <stdint.h>
#include <string.h>
typedef int64_t i64;
typedef uint64_t u64;

enum { PROVINCES = 8, OPERATIONS = 256, STALES = 512, PLOTS = 128, NONE = -1 };
enum { LEAVES = 1024, BITS = 10 };
enum { CANDIDATE = 0, LEAD = PROVINCES, OPERATION = LEAD + PROVINCES, STALE = OPERATION + OPERATIONS,
       PLOT = STALE + STALES, SLOTS = PLOT + PLOTS };
enum { POOL_OPERATION, POOL_STALE, POOL_PLOT, POOLS, WORDS = STALES / 64 };
enum { S_CANDIDATE = 1, S_PLOT = 4, S_FIND = 5, S_LAYERS = 7, S_ROUTINE_LEAD = 12, S_PLOT_LEAD = 13 };
enum { N_PLOTS, N_FOILED, N_LAPSED, N_ATTACKS, N_ROUTE, N_GUARD, N_HARDENING, N_BREACHES, N_EXPECTED, N_OPEN,
       N_CANDIDATES, N_FOUND, N_LEADS_PLOT, N_LEADS_ROUTINE, N_OPS_PLOT, N_OPS_ROUTINE, N_STALE, N_QUEUE, N_WORK,
       N_ARRESTS, N_DEATHS, N_BUSY_DAYS, N_TEAM_DAYS, N_QUEUE_DAYS, COUNTS };
static const i64 NEVER = INT64_C(1) << 61;

/* limit.py fills these two in the same order */
typedef struct {
    i64 address, teams;
    double rate, hazard, tips, unit, routine, success, arrests, deaths;
} Province;
typedef struct {
    i64 provinces, horizon;
    double per_day, lapse, prepare_scale, prepare_shape, work_scale, work_shape, patience;
    double route, guard, hardening;
    Province province[PROVINCES];
} World;

typedef struct { i64 p, entity, place, stream, number, work, plot, serial, before, after, line; double success; } Job;
typedef struct { i64 identity, place, p, born, mature, lapse, next, finds, leads, hidden, serial; double clock; } Plot;
typedef struct {
    i64 key[2 * LEAVES], now, serials, full;
    u64 free[POOLS][WORDS], key0, key1;
    i64 index[PROVINCES], leads[PROVINCES], place[PROVINCES], busy[PROVINCES], queue[PROVINCES], open[PROVINCES];
    i64 busy_moment[PROVINCES], queue_moment[PROVINCES], first[PROVINCES][2], last[PROVINCES][2];
    double ahead[PROVINCES][2], born[PROVINCES][4], out[PROVINCES][COUNTS];
    Job operation[OPERATIONS], stale[STALES];
    Plot plot[PLOTS];
#ifdef AHEAD
    i64 lead_gap[PROVINCES][AHEAD], lead_work[PROVINCES][AHEAD];
    double drawn[4][AHEAD], lead_patience[PROVINCES][AHEAD];
#endif
} State;

/* ------------------------------------------------------------------------------------------------ arithmetic */

static inline u64 bits_of(double x) { u64 b; memcpy(&b, &x, 8); return b; }
static inline double float_of(u64 b) { double x; memcpy(&x, &b, 8); return x; }

static inline double uniform(u64 x) {
    return ((float_of((x >> 12) | 0x4330000000000000ULL) - 4503599627370496.0) + 0.5) * 2.220446049250313e-16;
}
static inline void draw(const State *s, i64 entity, i64 place, i64 stream, i64 number, double u[4]) {
    u64 a = (u64)entity, b = (u64)place, c = (u64)stream, d = (u64)number, k = s->key0, l = s->key1;
    for (int i = 0; i < 10; i++) {
        unsigned __int128 x = (unsigned __int128)0xD2E7470EE14C6C93ULL * a;
        unsigned __int128 y = (unsigned __int128)0xCA5A826395121157ULL * c;
        a = (u64)(y >> 64) ^ b ^ k; b = (u64)y; c = (u64)(x >> 64) ^ d ^ l; d = (u64)x;
        k += 0x9E3779B97F4A7C15ULL; l += 0xBB67AE8584CAA73BULL;
    }
    u[0] = uniform(a); u[1] = uniform(b); u[2] = uniform(c); u[3] = uniform(d);
}

static inline double log_(double x) {
    u64 t = bits_of(x) + (0x3FF0000000000000ULL - 0x3FE6A09E667F3BCDULL);
    double k = float_of((t >> 52) | 0x4330000000000000ULL) - (4503599627370496.0 + 1023.0);
    double f = float_of((t & 0x000FFFFFFFFFFFFFULL) + 0x3FE6A09E667F3BCDULL) - 1.0;
    double s = f / (2.0 + f), z = s * s, w = z * z, h = 0.5 * f * f;
    double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double odd = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01
        + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    return k * 6.93147180369123816490e-01 - ((h - (s * (h + (even + odd)) + k * 1.90821492927058770002e-10)) - f);
}

static inline double exp_(double x) {
    double t = x * 1.44269504088896338700 + 6755399441055744.0, k = t - 6755399441055744.0;
    double high = x - k * 6.93147180369123816490e-01, low = k * 1.90821492927058770002e-10;
    double r = high - low, z = r * r;
    double c = r - z * (1.66666666666666019037e-01 + z * (-2.77777777770155933842e-03
        + z * (6.61375632143793436117e-05 + z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08))));
    return (1.0 - ((low - (r * c) / (2.0 - c)) - high)) * float_of((((bits_of(t) & 0xFFF) + 1023) & 0x7FF) << 52);
}

static inline double normal(double p) {
    double q = p - 0.5, r, a, b;
    if (fabs(q) <= 0.425) {
        r = 0.180625 - q * q;
        a = q * (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
            + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
            + 133.14166789178437745) * r + 3.387132872796366608);
        b = (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
            + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
            + 42.313330701600911252) * r + 1.0);
        return a / b;
    }
    r = sqrt(-log_(p < 1.0 - p ? p : 1.0 - p));
    if (r <= 5.0) {
        r -= 1.6;
        a = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
            + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
            + 4.6303378461565452959) * r + 1.42343711074968357734);
        b = (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
            + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
            + 2.05319162663775882187) * r + 1.0);
    } else {
        r -= 5.0;
        a = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
            + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
            + 5.4637849111641143699) * r + 6.6579046435011037772);
        b = (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
            + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
            + 0.59983220655588793769) * r + 1.0);
    }
    return q < 0.0 ? -(a / b) : a / b;
}

static inline i64 ticks(const World *w, double days) {
    double exact = days * w->per_day + 0.5;
    return exact < 2305843009213693952.0 ? (i64)(exact > 1.0 ? exact : 1.0) : NEVER;
}

static inline double log_normal(double scale, double shape, double u) {
    double s = 1.0 - u, most = 1.0 - 1.1102230246251565e-16;
    return scale * exp_(-shape * normal(s < most ? s : most));
}

static inline i64 work_of(const World *w, double u) { return ticks(w, log_normal(w->work_scale, w->work_shape, u)); }

static inline double poisson(double mean, double u) {
    double n = 0.0, term, total, larger;
    if (!(mean > 0.0) || u < 1.0 - mean - 1e-9) return 0.0;
    term = total = exp_(-mean);
    while (total < u) {
        term *= mean / (n + 1.0);
        n += 1.0;
        larger = total + term;
        if (larger == total && n > mean) break;
        total = larger;
    }
    return n;
}

/* ------------------------------------------------------------------------------------------------ slots */

static inline void replay(State *s, i64 slot, i64 key) {
    i64 i = LEAVES + slot;
    s->key[i] = key;
    while (i > 1) {
        i64 other = s->key[i ^ 1];
        key = other < key ? other : key;
        s->key[i >>= 1] = key;
    }
}
static inline void cancel(State *s, i64 slot) { replay(s, slot, INT64_MAX); }
static inline void schedule(State *s, const World *w, i64 slot, i64 tick) {
    replay(s, slot, tick >= w->horizon ? INT64_MAX : tick << BITS | slot);
}

static inline i64 take(State *s, int pool) {
    for (int word = 0; word < WORDS; word++)
        if (s->free[pool][word]) {
            int bit = __builtin_ctzll(s->free[pool][word]);
            s->free[pool][word] &= s->free[pool][word] - 1;
            return word * 64 + bit;
        }
    s->full = 1;
    return 0;
}
static inline void give(State *s, int pool, i64 n) { s->free[pool][n >> 6] |= UINT64_C(1) << (n & 63); }

/* ------------------------------------------------------------------------------------------------ operations */

static inline void begin(State *s, const World *w, const Job *job) {
    i64 n = take(s, POOL_OPERATION);
    s->operation[n] = *job;
    s->busy[job->p]++; s->busy_moment[job->p] += s->now;
    schedule(s, w, OPERATION + n, s->now + job->work);
}

static inline void respond(State *s, const World *w, Job *job, double u_patience) {
    i64 p = job->p, n, line, wait;
    if (s->busy[p] < w->province[p].teams) { begin(s, w, job); return; }
    n = take(s, POOL_STALE);
    line = job->plot >= 0 ? 0 : 1;
    job->line = line; job->before = s->last[p][line]; job->after = NONE;
    s->stale[n] = *job;
    if (s->last[p][line] >= 0) s->stale[s->last[p][line]].after = n; else s->first[p][line] = n;
    s->last[p][line] = n;
    s->queue[p]++; s->queue_moment[p] += s->now;
    wait = ticks(w, -w->patience * log_(1.0 - u_patience));
    schedule(s, w, STALE + n, wait < w->horizon - s->now ? s->now + wait : w->horizon);
}

static inline void leave_queue(State *s, i64 n) {
    const Job *job = &s->stale[n];
    i64 p = job->p, line = job->line;
    if (job->before >= 0) s->stale[job->before].after = job->after; else s->first[p][line] = job->after;
    if (job->after >= 0) s->stale[job->after].before = job->before; else s->last[p][line] = job->before;
    cancel(s, STALE + n);
    give(s, POOL_STALE, n);
    s->queue[p]--; s->queue_moment[p] -= s->now;
}

static void on_stale(State *s, i64 n) {
    const Job *job = &s->stale[n];
    leave_queue(s, n);
    s->out[job->p][N_STALE] += 1.0;
    if (job->plot >= 0 && s->plot[job->plot].serial == job->serial) s->plot[job->plot].hidden = 1;
}

static void end_plot(State *s, i64 j) {
    s->open[s->plot[j].p]--;
    s->plot[j].serial = NONE;
    cancel(s, PLOT + j);
    give(s, POOL_PLOT, j);
}

static void on_operation(State *s, const World *w, i64 n) {
    Job job = s->operation[n];
    const Province *here = &w->province[job.p];
    double u[4];
    i64 p = job.p;
    cancel(s, OPERATION + n);
    give(s, POOL_OPERATION, n);
    s->busy_moment[p] -= s->now;
    s->out[p][job.plot < 0 ? N_OPS_ROUTINE : N_OPS_PLOT] += 1.0;
    draw(s, job.entity, job.place, job.stream, job.number + 1, u);
    s->out[p][N_ARRESTS] += poisson(here->arrests, u[0]);
    s->out[p][N_DEATHS] += poisson(here->deaths, u[1]);
    if (job.plot >= 0 && s->plot[job.plot].serial == job.serial) {
        if (job.success < here->success) {
            end_plot(s, job.plot);
            s->out[p][N_FOILED] += 1.0;
        } else s->plot[job.plot].hidden = 1;
    }
    s->busy[p]--;
    while (s->busy[p] < here->teams && s->queue[p] > 0) {
        i64 next = s->first[p][0] >= 0 ? s->first[p][0] : s->first[p][1];
        leave_queue(s, next);
        begin(s, w, &s->stale[next]);
    }
}

#ifdef AHEAD
#include "limit_ahead.h"
static inline void next_lead(State *s, const World *w, i64 p) {
    i64 j = s->leads[p] & (AHEAD - 1);
    if (j == 0) leads_ahead(s, w, p);
    schedule(s, w, LEAD + p, s->now + s->lead_gap[p][j]);
}
#else
static inline void next_lead(State *s, const World *w, i64 p) {
    double u[4];
    draw(s, s->leads[p], s->place[p], S_ROUTINE_LEAD, 0, u);
    memcpy(s->ahead[p], u + 2, sizeof s->ahead[p]);
    schedule(s, w, LEAD + p, s->now + ticks(w, -log_(u[0]) / w->province[p].routine));
}
#endif

static void on_lead(State *s, const World *w, i64 p) {
    i64 index = s->leads[p]++;
#ifdef AHEAD
    i64 j = index & (AHEAD - 1), work = s->lead_work[p][j];
    double u_patience = s->lead_patience[p][j];
#else
    double u_work = s->ahead[p][0], u_patience = s->ahead[p][1];
#endif
    next_lead(s, w, p);
    Job job = {.p = p, .entity = index, .place = s->place[p], .stream = S_ROUTINE_LEAD, .plot = NONE};
#ifdef AHEAD
    job.work = work;
#else
    job.work = work_of(w, u_work);
#endif
    s->out[p][N_LEADS_ROUTINE] += 1.0;
    respond(s, w, &job, u_patience);
}

/* ------------------------------------------------------------------------------------------------ plots */

static inline void next_candidate(State *s, const World *w, i64 p) {
    draw(s, s->index[p] << 4, s->place[p], S_CANDIDATE, 0, s->born[p]);
    schedule(s, w, CANDIDATE + p, s->now + ticks(w, -log_(s->born[p][0]) / w->province[p].rate));
}

static inline void next_find(State *s, const World *w, Plot *plot, double u[4]) {
    draw(s, plot->identity, plot->place, S_FIND, plot->finds, u);
    plot->clock += -log_(u[0]) / w->province[plot->p].unit;
    plot->next = plot->born + ticks(w, plot->clock);
}

static inline i64 due(const Plot *plot) {
    i64 end = plot->mature < plot->lapse ? plot->mature : plot->lapse;
    return plot->next < end ? plot->next : end;
}

static void on_candidate(State *s, const World *w, i64 p) {
    i64 identity = s->index[p]++ << 4, j;
    double u[4];
    Plot *plot;
    next_candidate(s, w, p);
    s->out[p][N_CANDIDATES] += 1.0;
    s->out[p][N_PLOTS] += 1.0;
    s->open[p]++;
    j = take(s, POOL_PLOT);
    plot = &s->plot[j];
    *plot = (Plot){.identity = identity, .place = s->place[p], .p = p, .born = s->now, .hidden = 1,
                   .serial = ++s->serials};
    draw(s, identity, s->place[p], S_PLOT, 0, u);
    plot->mature = s->now + ticks(w, log_normal(w->prepare_scale, w->prepare_shape, u[0]));
    plot->lapse = s->now + ticks(w, -log_(u[1]) / w->lapse);
    next_find(s, w, plot, u);
    schedule(s, w, PLOT + j, due(plot));
}

static void attack(State *s, const World *w, const Plot *plot) {
    double u[4], *out = s->out[plot->p];
    out[N_ATTACKS] += 1.0;
    out[N_EXPECTED] += (1.0 - w->route) * (1.0 - w->guard) * (1.0 - w->hardening);
    draw(s, plot->identity, plot->place, S_LAYERS, 0, u);
    if (u[1] < w->route) out[N_ROUTE] += 1.0;
    else if (u[2] < w->guard) out[N_GUARD] += 1.0;
    else if (u[3] < w->hardening) out[N_HARDENING] += 1.0;
    else out[N_BREACHES] += 1.0;
}

static void find(State *s, const World *w, i64 j) {
    Plot *plot = &s->plot[j];
    const Province *here = &w->province[plot->p];
    double u[4];
    int real;
    draw(s, plot->identity, plot->place, S_FIND, plot->finds, u);
    real = plot->hidden && u[1] * here->unit < here->hazard * 1.0 + here->tips * 1.0;
    plot->finds++;
    next_find(s, w, plot, u);
    schedule(s, w, PLOT + j, due(plot));
    if (real) {
        Job job = {.p = plot->p, .entity = plot->identity, .place = plot->place, .stream = S_PLOT_LEAD,
                   .number = 4 * plot->leads++, .plot = j, .serial = plot->serial};
        plot->hidden = 0;
        s->out[plot->p][N_FOUND] += 1.0;
        s->out[plot->p][N_LEADS_PLOT] += 1.0;
        draw(s, job.entity, job.place, S_PLOT_LEAD, job.number, u);
        job.work = work_of(w, u[0]);
        job.success = u[2];
        respond(s, w, &job, u[1]);
    }
}

static void on_plot(State *s, const World *w, i64 j) {
    const Plot *plot = &s->plot[j];
    i64 tick = due(plot);
    if (plot->next == tick) { find(s, w, j); return; }
    end_plot(s, j);
    if (plot->mature == tick) attack(s, w, plot);
    else s->out[plot->p][N_LAPSED] += 1.0;
}

/* ------------------------------------------------------------------------------------------------ playing */

static void reset(State *s, const World *w) {
    static const int sizes[POOLS] = {OPERATIONS, STALES, PLOTS};
    u64 key0 = s->key0, key1 = s->key1;
    memset(s, 0, sizeof *s);
    s->key0 = key0; s->key1 = key1;
    for (int i = 0; i < 2 * LEAVES; i++) s->key[i] = INT64_MAX;
    for (int pool = 0; pool < POOLS; pool++)
        for (int word = 0; word < sizes[pool] / 64; word++) s->free[pool][word] = ~UINT64_C(0);
    for (i64 p = 0; p < w->provinces; p++) {
        s->place[p] = INT64_C(255) << 32 | w->province[p].address;
        for (int line = 0; line < 2; line++) s->first[p][line] = s->last[p][line] = NONE;
        next_candidate(s, w, p);
        next_lead(s, w, p);
    }
}

static void close_books(State *s, const World *w) {
    for (i64 p = 0; p < w->provinces; p++) {
        double *out = s->out[p];
        out[N_OPEN] = (double)s->open[p];
        out[N_QUEUE] = (double)s->queue[p];
        out[N_WORK] = (double)s->busy[p];
        out[N_BUSY_DAYS] = (double)(s->busy[p] * w->horizon - s->busy_moment[p]) / w->per_day;
        out[N_TEAM_DAYS] = (double)(w->province[p].teams * w->horizon) / w->per_day;
        out[N_QUEUE_DAYS] = (double)(s->queue[p] * w->horizon - s->queue_moment[p]) / w->per_day;
    }
}

/* Plays replications first, first + 1, ... into out (number, provinces, COUNTS); events handled, or -1 if out of room */
i64 play(const World *w, u64 key, i64 first, i64 number, double *out) {
    static State state;
    State *s = &state;
    i64 events = 0;
    for (i64 r = 0; r < number; r++) {
        s->key0 = key; s->key1 = (u64)(first + r);
        reset(s, w);
        while (s->key[1] != INT64_MAX) {
            i64 slot = s->key[1] & (LEAVES - 1);
            s->now = s->key[1] >> BITS;
            events++;
            if (slot >= PLOT) on_plot(s, w, slot - PLOT);
            else if (slot >= STALE) on_stale(s, slot - STALE);
            else if (slot >= OPERATION) on_operation(s, w, slot - OPERATION);
            else if (slot >= LEAD) on_lead(s, w, slot - LEAD);
            else on_candidate(s, w, slot);
            if (s->full) return -1;
        }
        close_books(s, w);
        for (i64 p = 0; p < w->provinces; p++)
            memcpy(out + (r * w->provinces + p) * COUNTS, s->out[p], sizeof s->out[p]);
    }
    return events;
}
