export default {
  extensions: ['ts'],
  nodeArguments: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
  concurrency: 2,
  // For as long no test may end: one hangs. Long, since some parts of `npm test` run on what others leave of the processors.
  timeout: '30m',
  workerThreads: false,
}
