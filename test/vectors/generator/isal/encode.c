// Command encode makes parity with ISA-L, for vectors of an implementation that shares no code with ours or with klauspost/reedsolomon.
//
// Arguments: required parity shardBytes. Reads the data shards from standard input, one behind the other, and writes the parity shards.
//
// ISA-L's own gf_gen_rs_matrix and gf_gen_cauchy1_matrix are other codes. The matrix of docs/FORMATS.md is built here from its field
// arithmetic: Vandermonde r^c, times the inverse of its top square.

#include <isa-l.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 255 };

static unsigned char vandermonde[MOST * MOST], top[MOST * MOST], inverse[MOST * MOST], parity_rows[MOST * MOST];
static unsigned char tables[MOST * MOST * 32];

static void build(int k, int m) {
  for (int r = 0; r < k + m; r++) {
    unsigned char power = 1;
    for (int c = 0; c < k; c++, power = gf_mul(power, (unsigned char)r)) vandermonde[r * k + c] = power;
  }
  for (int i = 0; i < k * k; i++) top[i] = vandermonde[i];
  if (gf_invert_matrix(top, inverse, k) != 0) abort();
  for (int r = 0; r < m; r++)
    for (int c = 0; c < k; c++) {
      unsigned char sum = 0;
      for (int i = 0; i < k; i++) sum ^= gf_mul(vandermonde[(k + r) * k + i], inverse[i * k + c]);
      parity_rows[r * k + c] = sum;
    }
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  const int k = atoi(arguments[1]), m = atoi(arguments[2]), bytes = atoi(arguments[3]);
  if (k < 1 || m < 1 || k + m > MOST || bytes < 1) return 2;
  build(k, m);
  unsigned char *shards[MOST];
  for (int i = 0; i < k + m; i++)
    if ((shards[i] = malloc((size_t)bytes)) == NULL) return 1;
  for (int i = 0; i < k; i++)
    if (fread(shards[i], 1, (size_t)bytes, stdin) != (size_t)bytes) return 1;
  ec_init_tables(k, m, parity_rows, tables);
  ec_encode_data(bytes, k, m, tables, shards, shards + k);
  for (int i = k; i < k + m; i++)
    if (fwrite(shards[i], 1, (size_t)bytes, stdout) != (size_t)bytes) return 1;
  return 0;
}
