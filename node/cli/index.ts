/**
 * The `lunarx` command line as a module: for programs that bring their own process around it.
 *
 * @module
 */
export { EXIT, exitCodeOf, type ExitCode } from './exit-codes.ts'
export type { Io, Output } from './io.ts'
export { makeProgram } from './program.ts'
