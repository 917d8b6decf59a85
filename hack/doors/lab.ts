/**
 * `npm run lab -- …`: the real Kubernetes cluster on this machine. See hack/lab/README.md.
 *
 * @module
 */
import { spawn } from 'node:child_process'

const child = spawn('hack/lab/lab', process.argv.slice(2), { stdio: 'inherit' })
child.on('exit', (code) => process.exit(code ?? 1))
