export * from './draw.ts'
export * from './proofs.ts'
export * from './sweep.ts'
export * from './swept.ts'
