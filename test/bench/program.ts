/**
 * How benchmarks start `lunarx`: compiled as it is packed, or straight from the sources, which costs every start a second.
 *
 * @module
 */
import { join } from 'node:path'
import { tool } from '../../hack/cluster/cluster.ts'

const BUILD_MS = 5 * 60_000

export interface Program {
  /** Options for Node.js under which `@lunarx/*` is the form that is measured. */
  readonly nodeOptions: readonly string[]
  /** Executable, options, script: arguments follow. */
  readonly lunarx: readonly [string, ...string[]]
}

const program = (nodeOptions: readonly string[], main: string): Program => ({
  nodeOptions,
  lunarx: [process.execPath, ...nodeOptions, join(process.cwd(), main)],
})

export const fromSource = (): Program => program(['--conditions=source', '--disable-warning=ExperimentalWarning'], 'node/cli/main.ts')

/** @throws {ToolError} the tree does not compile */
export async function compiled(): Promise<Program> {
  await tool('tsc', ['--build', 'tsconfig.build.json'], process.env, { timeoutMs: BUILD_MS })
  return program(['--disable-warning=ExperimentalWarning'], 'node/cli/dist/main.js')
}
