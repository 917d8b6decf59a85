export * from './load.ts'
export * from './portable.ts'
