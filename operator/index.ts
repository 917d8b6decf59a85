/**
 * The operator of LunarX. Names of the runtime as in `@dot-i/k8s-operator`; the program is main.ts.
 *
 * @module
 */
export { Operator } from './kube/index.ts'
export * from './start.ts'
