export * from './metrics.ts'
export * from './process.ts'
export * from './prometheus.ts'
export * from './recorded.ts'
