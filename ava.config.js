export default {
  extensions: ['ts'],
  nodeArguments: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
  concurrency: 2,
  timeout: '5m',
  workerThreads: false,
}
