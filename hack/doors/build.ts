/**
 * `npm run build`: compiles every workspace to its `dist/`, for packages and images. Workspaces are built in order of their imports.
 *
 * @module
 */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../parts/run.ts'

const workspaces = ['core', 'wire', 'runtime', 'net', 'index', 'client', 'provider', 'tracker', 'verifier', 'cli']
  .map((name) => join('node', name))
  .concat('operator')
const missing = readdirSync('node').filter((name) => !workspaces.includes(join('node', name)))
if (missing.length > 0) throw new Error(`workspaces that are not built: ${missing.join(', ')}`)

for (const workspace of workspaces) rmSync(join(workspace, 'dist'), { recursive: true, force: true })
const { code } = await run('tsc', ['--build', '--force', 'tsconfig.build.json'])
process.exit(code)
