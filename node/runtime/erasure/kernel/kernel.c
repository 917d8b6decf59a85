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

// Computes `count` outputs from `of` inputs, `bytes` of each. Outputs overlap nothing.
void EXPORT(combine)(uint32_t count, uint32_t of, uint32_t bytes) {
  Table *table = tables;
  for (uint32_t group = 0; group < count; group += OUTPUTS)
    for (uint32_t i = 0; i < of; i++)
      for (uint32_t j = group; j < count && j < group + OUTPUTS; j++) *table++ = products[job.coefficients[j * of + i]];
  const uint32_t whole = bytes - bytes % STEP;
  for (uint32_t from = 0; from < whole; from += BLOCK)
    passes(job.outputs, count, job.inputs, of, from, whole - from < BLOCK ? whole : from + BLOCK);
  if (bytes > whole) finish(count, of, whole, bytes - whole);
}
