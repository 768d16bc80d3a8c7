/** Data structures that the stores share with the API. Not for users: everything here may change in any version. */
@NullMarked
package dev.reel.internal;

import org.jspecify.annotations.NullMarked;
