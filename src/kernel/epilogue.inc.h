/* The epilogue: distances out of sums.
 *
 * In fold() and doubtful() n is a multiple of MR. An infinite sum needs no
 * compensation: it stays infinite. */
static void fold(size_t n, const double *group, double *total,
                 double *compensation) {
  for (size_t i = 0; i < n; i += VL) {
    const vec old = v_load(total + i);
    const vec term = v_sub(v_load(group + i), v_load(compensation + i));
    const vec sum = v_add(old, term);
    const vec error = v_sub(v_sub(sum, old), term);
    v_store(compensation + i, v_keep(m_ordered(error), error));
    v_store(total + i, sum);
  }
}

static bool doubtful(size_t n, const double *sum, bool zeros) {
  const vec low = v_all(EDIST_SMALLEST_SUM), high = v_all(DBL_MAX);
  const vec zero = v_all(zeros ? -1 : 0);
  mask any = m_less(v_zero(), v_zero());
  for (size_t i = 0; i < n; i += VL) {
    const vec value = v_load(sum + i);
    any = m_or(any, m_and(m_less(value, low), m_less(zero, value)));
    any = m_or(any, m_less(high, value));
  }
  return m_any(any);
}

/* How many columns are on, of what binary counts. Adding and subtracting a
 * large number rounds to whole numbers. */
static inline vec columns_on(vec used) {
  const vec large = v_all(0x1.8p52);
  vec on = v_add(used, large);
  EDIST_OPAQUE(on);
  return v_sub(on, large);
}

static inline vec share(vec d, vec of) {
  return v_select(m_equal(of, v_zero()), v_zero(), v_div(d, of));
}

/* One lane after the other. */
static vec v_angle(vec y, vec x) {
  double up[VL], right[VL];
  v_store(up, y);
  v_store(right, x);
  for (int l = 0; l < VL; l++) up[l] = atan2(up[l], right[l]);
  return v_load(up);
}

/* Square roots by the vector: seven times faster than one by one. */
static vec transformed(const struct edist_epilogue *e, vec d, vec used) {
  switch (e->transform) {
    case EDIST_TRANSFORM_none:
      return d;
    case EDIST_TRANSFORM_root:
      return v_sqrt(d);
    case EDIST_TRANSFORM_half:
      /* Rounding may leave the range [0, 2]; NaN comes second, and stays. */
      return v_min(v_all(2), v_mul(d, v_all(0.5)));
    case EDIST_TRANSFORM_power: {
      const struct edist_power root = {.exponent = 1 / e->power->exponent,
                                       .raise = e->power->raise};
      return v_raise(d, &root);
    }
    case EDIST_TRANSFORM_share:
      return share(d, columns_on(used));
    case EDIST_TRANSFORM_dice: {
      const vec on = columns_on(used);
      return share(d, v_sub(v_add(on, on), d));
    }
    case EDIST_TRANSFORM_matching: {
      const vec rest = v_sub(used, columns_on(used));
      return v_div(d, v_mul(rest, v_all(1 / EDIST_BINARY_USED)));
    }
    case EDIST_TRANSFORM_ratio:
      return v_div(d, used);
    case EDIST_TRANSFORM_ruzicka:
      return v_div(v_add(d, d), v_add(d, used));
    case EDIST_TRANSFORM_divergence:
      return v_sqrt(v_mul(d, v_all(e->unit)));
    case EDIST_TRANSFORM_angle:
      return v_mul(v_angle(v_sqrt(d), v_sqrt(used)), v_all(2 * e->unit));
  }
  return d;
}

static inline vec distances(const struct edist_epilogue *e, vec value,
                            vec used) {
  if (e->rescale) value = v_div(value, v_div(used, v_all(e->weights)));
  value = transformed(e, value, used);
  mask there = m_not(m_equal(used, v_zero()));
  /* The sum of opposite vectors is 0. */
  if (e->transform == EDIST_TRANSFORM_angle) there = m_ordered(used);
  return v_select(m_and(there, m_ordered(value)), value, v_all(e->missing));
}

/* For n less than a vector's lanes. */
static void epilogue_few(const struct edist_epilogue *e, size_t n,
                         const double *sum, const double *used, double *to) {
  double some[VL] = {0}, some_used[VL] = {0};
  memcpy(some, sum, n * sizeof *some);
  if (used) memcpy(some_used, used, n * sizeof *some);
  const vec weight = used ? v_load(some_used) : v_all(e->weights);
  v_store(some, distances(e, v_load(some), weight));
  memcpy(to, some, n * sizeof *some);
}

/* How many values precede the first aligned address. */
static size_t before_aligned(const double *to) {
  const size_t lanes = (uintptr_t)to / sizeof *to % VL;
  return lanes ? VL - lanes : 0;
}

static void epilogue(const struct edist_epilogue *given, size_t n,
                     const double *sum, const double *used, double *to,
                     bool stream) {
  struct edist_epilogue e = *given;
  if (!used) e.rescale = false; /* all columns were used */
  size_t i = stream ? before_aligned(to) : 0;
  if (i > n) i = n;
  if (i > 0) epilogue_few(&e, i, sum, used, to);
  for (; i + VL <= n; i += VL) {
    const vec weight = used ? v_load(used + i) : v_all(e.weights);
    const vec value = distances(&e, v_load(sum + i), weight);
    if (stream) {
      v_stream(to + i, value);
    } else {
      v_store(to + i, value);
    }
  }
  if (i < n) epilogue_few(&e, n - i, sum + i, used ? used + i : NULL, to + i);
}
