export * from './disk.ts'
export * from './node-disk.ts'
export * from './simulated.ts'
