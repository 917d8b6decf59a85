export * from './kernel.ts'
export * from './load.ts'
export * from './portable.ts'
