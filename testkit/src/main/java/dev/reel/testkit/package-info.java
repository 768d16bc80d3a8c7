/** The contract tests for stores, and what helps to test code that uses one. */
@NullMarked
package dev.reel.testkit;

import org.jspecify.annotations.NullMarked;
