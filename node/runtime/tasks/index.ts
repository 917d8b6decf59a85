export * from './deadline.ts'
export * from './limit.ts'
export * from './retry.ts'
export * from './tasks.ts'
