export * from './engine.ts'
export * from './frames.ts'
export * from './keys.ts'
export * from './suite.ts'
