package dev.reel.examples.webflux;

import dev.reel.InvalidInputException;
import dev.reel.ReelException;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

@RestControllerAdvice
class SessionErrors {

    @ExceptionHandler({ReelException.class, InvalidInputException.class})
    ProblemDetail problem(RuntimeException error) {
        int status = ReelException.Category.of(error).httpStatus();
        return ProblemDetail.forStatusAndDetail(HttpStatusCode.valueOf(status), error.getMessage());
    }
}
