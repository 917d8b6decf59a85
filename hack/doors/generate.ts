/**
 * `npm run generate`: writes every generated file (CRDs, chart templates, reference pages).
 *
 * @module
 */
import { GENERATORS } from '../check/generated.ts'
import { run } from '../parts/run.ts'

for (const generator of GENERATORS) {
  const { code } = await run('node', ['--conditions=source', generator])
  if (code !== 0) process.exit(code)
}
await run('prettier', ['--write', '--log-level=warn', 'docs', 'config'])
