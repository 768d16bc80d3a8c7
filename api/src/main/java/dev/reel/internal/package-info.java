/**
 * Structures that the stores share with the contract. Not for users: what is here may change in any version.
 */
@NullMarked
package dev.reel.internal;

import org.jspecify.annotations.NullMarked;
