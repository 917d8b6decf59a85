/**
 * Puts the programs of an image into few files, of what tsc has compiled: to find and read the more than thousand modules of a program
 * was most of what its start took (ADR 21).
 *
 * `node hack/images/bundle.ts FOLDER PROGRAM…`: each program as FOLDER/NAME.mjs, NAME being its folder, beside what they share. Packages
 * stay in the image as well: DApps import them, and a file of WebAssembly is read from its package.
 *
 * @module
 */
import { basename, dirname } from 'node:path'
import { build } from 'esbuild'

const [outdir, ...programs] = process.argv.slice(2)
if (outdir === undefined || programs.length === 0) throw new Error('usage: bundle.ts FOLDER PROGRAM…')

/** node/cli/dist/main.js → cli */
const nameOf = (program: string): string => basename(dirname(program.replace('/dist/', '/')))

await build({
  entryPoints: Object.fromEntries(programs.map((program) => [nameOf(program), program])),
  outdir,
  bundle: true,
  splitting: true, // what a command does not need it does not read
  platform: 'node',
  format: 'esm',
  target: 'node24',
  outExtension: { '.js': '.mjs' },
  legalComments: 'linked',
  // packages in CommonJS ask for modules of Node.js
  banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
  logLevel: 'warning',
})
