/**
 * `npm run lunarx -- …`: the command line of this tree.
 *
 * @module
 */
import '../../node/cli/main.ts'
