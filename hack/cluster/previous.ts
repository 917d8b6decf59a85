/**
 * The release before this tree, for upgrades and downgrades: built by its own Dockerfile from what git knows of it.
 *
 * @module
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { tool, type Cluster } from './cluster.ts'
import type { Release } from './network.ts'

/** Until there is a first `v*` tag: pods of those before it cannot write some rows, so that no upgrade from them is without a failure. */
const BEFORE_ANY_RELEASE = '9db70c6e7c4c08ff1a1dc49fb14648f638aeaf26'
const TAG = 'previous'
const BUILD_MS = 30 * 60_000

const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()

/** The last `v*` tag before this commit, or the commit that stands for it; undefined: this clone has neither. */
export function previousCommit(): string | undefined {
  for (const find of [() => git('describe', '--tags', '--abbrev=0', '--match=v*', 'HEAD^'), () => BEFORE_ANY_RELEASE])
    try {
      return git('rev-parse', '--verify', `${find()}^{commit}`)
    } catch {} // no such tag, no such commit
  return undefined
}

/** Builds it and loads it into a lab cluster; its folder goes with the returned value. @throws {ToolError} */
export async function openPrevious(cluster: Cluster, commit: string): Promise<Release & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'lunarx-previous-'))
  const remove = async (): Promise<void> => rmSync(folder, { recursive: true })
  try {
    execFileSync('sh', ['-c', 'git archive "$0" | tar -x -C "$1"', commit, folder])
    const lab = resolve(folder, 'hack/lab/lab')
    const built = await tool(lab, ['image', 'build', '--target', 'all', '--tag', TAG], process.env, { timeoutMs: BUILD_MS })
    const archives = built.split('\n').filter((line) => line.endsWith('.tar'))
    await tool('hack/lab/lab', ['load', '--name', cluster.lab ?? '', ...archives], process.env, { timeoutMs: 5 * 60_000 })
  } catch (error) {
    await remove()
    throw error
  }
  return {
    images: { node: `localhost/lunarx-node:${TAG}`, operator: `localhost/lunarx-operator:${TAG}` },
    chart: join(folder, 'charts/lunarx-operator'),
    [Symbol.asyncDispose]: remove,
  }
}
