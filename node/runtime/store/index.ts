export * from './batch-queue.ts'
export * from './simulated.ts'
export * from './sqlite.ts'
export * from './store.ts'
