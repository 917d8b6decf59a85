// Linear combinations over GF(2^8), polynomial 0x11D: output[j] = sum of coefficient[j][i] * input[i], for ranges of any length.
// That is all of Reed-Solomon that costs time; which coefficients make parity, or rebuild a shard, is decided in TypeScript
// (node/core/erasure/evaluate.ts).
//
// Built to WebAssembly twice by hack/generate/kernel.ts: with relaxed SIMD (RELAXED) and with SIMD128 alone.
//
// How: a product by a constant is the sum of two look-ups, one for each nibble, in tables of 16 entries; one instruction looks up 16
// bytes. Why 4 outputs of 2 vectors in one pass: 8 sums, 4 vectors of nibbles and 3 temporaries are just what the 16 registers of x64
// hold; each input is read and cut into nibbles once for 4 outputs. More outputs, or unrolled inputs, spill (measured, docs/ERASURE.md).
//
// The caller writes addresses and coefficients into `job` first. One thread per memory: nothing here is shared.

#include <stdint.h>
#include <wasm_simd128.h>

#ifdef RELAXED
// Entries beyond 15 are left open by relaxed SIMD. There are none: nibbles are masked.
#define LOOK_UP(table, nibbles) wasm_i8x16_relaxed_swizzle(table, nibbles)
#else
#define LOOK_UP(table, nibbles) wasm_i8x16_swizzle(table, nibbles)
#endif

#define EXPORT(name) __attribute__((export_name(#name))) name
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("unroll")

enum {
  MOST_SHARDS = 255,
  MOST_COEFFICIENTS = 127 * 128, // outputs * inputs, of at most 255 together
  OUTPUTS = 4,                   // of one pass
  VECTORS = 2,                   // of one pass, in each output
  STEP = VECTORS * sizeof(v128_t),
  BLOCK = 4096, // bytes of all inputs that stay near while pass after pass reads them
};

typedef struct {
  v128_t low, high; // products of the nibbles 0..15, and of the same nibbles shifted by 4
} Table;

static struct {
  uint32_t inputs[MOST_SHARDS + 1];
  uint32_t outputs[MOST_SHARDS + 1];
  uint8_t coefficients[MOST_COEFFICIENTS];
} job;

static Table products[256];              // by coefficient
static Table tables[MOST_COEFFICIENTS];  // of this job, in the order of their use
static v128_t edges[MOST_SHARDS][VECTORS];  // the last bytes of all inputs, where they are less than a step
static volatile v128_t nibble_mask;      // loaded, not written as a constant: V8 would build a constant anew in every round

uint32_t EXPORT(inputs)(void) { return (uint32_t)job.inputs; }
uint32_t EXPORT(outputs)(void) { return (uint32_t)job.outputs; }
uint32_t EXPORT(coefficients)(void) { return (uint32_t)job.coefficients; }

static uint8_t times(uint8_t a, uint8_t b) {
  uint32_t product = 0, power = a;
  for (; b; b >>= 1, power = (power << 1) ^ (power & 0x80 ? 0x11d : 0))
    if (b & 1) product ^= power;
  return (uint8_t)product;
}

// Once for each memory, before anything else.
void EXPORT(prepare)(void) {
  nibble_mask = wasm_i8x16_splat(0x0f);
  for (uint32_t coefficient = 0; coefficient < 256; coefficient++)
    for (uint32_t nibble = 0; nibble < 16; nibble++) {
      ((uint8_t *)&products[coefficient].low)[nibble] = times((uint8_t)coefficient, (uint8_t)nibble);
      ((uint8_t *)&products[coefficient].high)[nibble] = times((uint8_t)coefficient, (uint8_t)(nibble << 4));
    }
}

// `count` is a constant wherever this is inlined. `from` and `until` differ by whole steps.
INLINE void pass(const uint32_t count, const uint32_t *outputs, const uint32_t *inputs, uint32_t of, const Table *first, uint32_t from,
                 uint32_t until) {
  const v128_t mask = nibble_mask;
  for (uint32_t at = from; at < until; at += STEP) {
    v128_t sums[OUTPUTS][VECTORS];
    UNROLL for (uint32_t j = 0; j < count; j++) UNROLL for (uint32_t v = 0; v < VECTORS; v++) sums[j][v] = wasm_i8x16_const_splat(0);
    const Table *table = first;
    _Pragma("clang loop unroll(disable)") for (uint32_t i = 0; i < of; i++, table += count) {
      const v128_t *input = (const v128_t *)(inputs[i] + at);
      v128_t low[VECTORS], high[VECTORS];
      UNROLL for (uint32_t v = 0; v < VECTORS; v++) {
        const v128_t bytes = wasm_v128_load(input + v);
        low[v] = wasm_v128_and(bytes, mask);
        high[v] = wasm_v128_and(wasm_u16x8_shr(bytes, 4), mask);
      }
      UNROLL for (uint32_t j = 0; j < count; j++) {
        const v128_t of_low = wasm_v128_load(&table[j].low);
        UNROLL for (uint32_t v = 0; v < VECTORS; v++) sums[j][v] = wasm_v128_xor(sums[j][v], LOOK_UP(of_low, low[v]));
        const v128_t of_high = wasm_v128_load(&table[j].high);
        UNROLL for (uint32_t v = 0; v < VECTORS; v++) sums[j][v] = wasm_v128_xor(sums[j][v], LOOK_UP(of_high, high[v]));
      }
    }
    UNROLL for (uint32_t j = 0; j < count; j++) UNROLL for (uint32_t v = 0; v < VECTORS; v++)
        wasm_v128_store((v128_t *)(outputs[j] + at) + v, sums[j][v]);
  }
}

// All outputs of one block, up to OUTPUTS in a pass.
static void passes(const uint32_t *outputs, uint32_t count, const uint32_t *inputs, uint32_t of, uint32_t from, uint32_t until) {
  const Table *table = tables;
  for (uint32_t j = 0; j < count; j += OUTPUTS) {
    const uint32_t now = count - j < OUTPUTS ? count - j : OUTPUTS;
    if (now == 4) pass(4, outputs + j, inputs, of, table, from, until);
    else if (now == 3) pass(3, outputs + j, inputs, of, table, from, until);
    else if (now == 2) pass(2, outputs + j, inputs, of, table, from, until);
    else pass(1, outputs + j, inputs, of, table, from, until);
    table += now * of;
  }
}

static void copy(uint8_t *to, const uint8_t *from, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; i++) to[i] = from[i];
}

// The last bytes, less than a step, by way of `edges`: nothing beyond the ranges is read or written.
static void finish(uint32_t count, uint32_t of, uint32_t from, uint32_t bytes) {
  static uint32_t inputs[MOST_SHARDS];
  static v128_t sums[VECTORS];
  for (uint32_t i = 0; i < of; i++) {
    inputs[i] = (uint32_t)edges[i];
    copy((uint8_t *)edges[i], (const uint8_t *)(job.inputs[i] + from), bytes);
  }
  const uint32_t output = (uint32_t)sums;
  for (uint32_t j = 0; j < count; j++) {
    // In `tables` those of a group lie side by side; here one output goes by itself.
    static Table own[MOST_SHARDS];
    for (uint32_t i = 0; i < of; i++) own[i] = products[job.coefficients[j * of + i]];
    pass(1, &output, inputs, of, own, 0, STEP);
    copy((uint8_t *)(job.outputs[j] + from), (const uint8_t *)sums, bytes);
  }
}

static void combine_from(uint32_t from, uint32_t count, uint32_t of, uint32_t bytes) {
  if (from == bytes) return;
  Table *table = tables;
  for (uint32_t group = 0; group < count; group += OUTPUTS)
    for (uint32_t i = 0; i < of; i++)
      for (uint32_t j = group; j < count && j < group + OUTPUTS; j++) *table++ = products[job.coefficients[j * of + i]];
  const uint32_t whole = bytes - (bytes - from) % STEP;
  for (uint32_t at = from; at < whole; at += BLOCK) passes(job.outputs, count, job.inputs, of, at, whole - at < BLOCK ? whole : at + BLOCK);
  if (bytes > whole) finish(count, of, whole, bytes - whole);
}

// Computes `count` outputs from `of` inputs, `bytes` of each. Outputs overlap nothing.
void EXPORT(combine)(uint32_t count, uint32_t of, uint32_t bytes) { combine_from(0, count, of, bytes); }

// The same parity for the two usual codes with half the products. A code word is the values of a polynomial at 0, 1, 2, ...; the points
// below a power of two are a linear subspace of the field, so an additive Fourier transform (Lin, Chung, Han, "Novel polynomial basis
// and its application to Reed-Solomon erasure codes", 2014) gives the polynomial from its values, and values elsewhere from the
// polynomial. A butterfly takes the product by s_j(b), the normalized polynomial of the subspace below 2^j at the coset b:
// s_0(x) = x, s_1(4) = 6, s_1(8) = 28, s_1(12) = 26, s_2(8) = 22, and 0 at b = 0.
// 4+2 takes 4 products instead of 8, 10+4 takes 16 and 2 more instead of 40.

INLINE v128_t plus(v128_t a, v128_t b) { return wasm_v128_xor(a, b); }

INLINE v128_t scaled(v128_t bytes, uint32_t by, v128_t mask) {
  const v128_t low = wasm_v128_and(bytes, mask), high = wasm_v128_and(wasm_u16x8_shr(bytes, 4), mask);
  return plus(LOOK_UP(wasm_v128_load(&products[by].low), low), LOOK_UP(wasm_v128_load(&products[by].high), high));
}

INLINE v128_t input(uint32_t i, uint32_t at) { return wasm_v128_load((const v128_t *)(job.inputs[i] + at)); }
INLINE void output(uint32_t j, uint32_t at, v128_t bytes) { wasm_v128_store((v128_t *)(job.outputs[j] + at), bytes); }

// Parity of 4+2 for whole vectors of `bytes`.
static void encode_4_2(uint32_t bytes) {
  const v128_t mask = nibble_mask;
  for (uint32_t at = 0; at + sizeof(v128_t) <= bytes; at += sizeof(v128_t)) {
    // To the polynomial, c0..c3.
    const v128_t c0 = input(0, at), c1 = plus(input(1, at), c0), d2 = input(2, at), d3 = plus(input(3, at), d2);
    const v128_t c2 = plus(plus(d2, scaled(d3, 2, mask)), c0), c3 = plus(d3, c1);
    // To its values at 4 and 5.
    const v128_t a0 = plus(c0, scaled(c2, 6, mask)), a1 = plus(c1, scaled(c3, 6, mask));
    const v128_t p4 = plus(a0, scaled(a1, 4, mask));
    output(0, at, p4);
    output(1, at, plus(p4, a1));
  }
}

// Parity of 10+4 for whole vectors of `bytes`. The even half goes first: fewer values live at once.
static void encode_10_4(uint32_t bytes) {
  const v128_t mask = nibble_mask;
  for (uint32_t at = 0; at + sizeof(v128_t) <= bytes; at += sizeof(v128_t)) {
    // Of the polynomial through the first 8, c0..c7: pairs (0, 1), (2, 3), (4, 5), (6, 7), then even ones and odd ones.
    const v128_t c0 = input(0, at), c1 = plus(input(1, at), c0);
    v128_t c2 = input(2, at), c3 = plus(input(3, at), c2), c4 = input(4, at), c5 = plus(input(5, at), c4);
    v128_t c6 = input(6, at), c7 = plus(input(7, at), c6);
    c2 = plus(plus(c2, scaled(c3, 2, mask)), c0), c3 = plus(c3, c1);
    c4 = plus(c4, scaled(c5, 4, mask)), c6 = plus(c6, scaled(c7, 6, mask));
    c6 = plus(c6, c4), c4 = plus(plus(c4, scaled(c6, 6, mask)), c0), c6 = plus(c6, c2);
    // Towards its values at 8..11 (a) and at 12 and 13 (b).
    const v128_t h0 = plus(c0, scaled(c4, 22, mask)), h2 = plus(c2, scaled(c6, 22, mask));
    const v128_t b0 = plus(plus(h0, c4), scaled(plus(h2, c6), 26, mask)), a0 = plus(h0, scaled(h2, 28, mask)), a2 = plus(a0, h2);
    c7 = plus(c7, c5), c5 = plus(plus(c5, scaled(c7, 6, mask)), c1), c7 = plus(c7, c3);
    const v128_t h1 = plus(c1, scaled(c5, 22, mask)), h3 = plus(c3, scaled(c7, 22, mask));
    const v128_t b1 = plus(plus(h1, c5), scaled(plus(h3, c7), 26, mask)), a1 = plus(h1, scaled(h3, 28, mask)), a3 = plus(a1, h3);
    // What is left at 8 and 9 is a line through both, which is added at 10..13.
    const v128_t v8 = plus(a0, scaled(a1, 8, mask)), e8 = plus(input(8, at), v8), slope = plus(plus(e8, input(9, at)), plus(v8, a1));
    const v128_t p10 = plus(plus(a2, scaled(a3, 10, mask)), plus(e8, scaled(slope, 2, mask)));
    const v128_t p12 = plus(plus(b0, scaled(b1, 12, mask)), plus(e8, scaled(slope, 4, mask)));
    output(0, at, p10);
    output(1, at, plus(plus(p10, a3), slope));
    output(2, at, p12);
    output(3, at, plus(plus(p12, b1), slope));
  }
}

// Computes parity: what `combine` does with the coefficients of parity, which have to be there too.
void EXPORT(encode)(uint32_t parity, uint32_t required, uint32_t bytes) {
  uint32_t from = bytes - bytes % sizeof(v128_t);
  if (required == 10 && parity == 4) encode_10_4(bytes);
  else if (required == 4 && parity == 2) encode_4_2(bytes);
  else from = 0;
  combine_from(from, parity, required, bytes);
}
