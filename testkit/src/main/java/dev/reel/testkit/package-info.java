/** The contract tests for stores, and helpers to test code that uses a store. */
@NullMarked
package dev.reel.testkit;

import org.jspecify.annotations.NullMarked;
