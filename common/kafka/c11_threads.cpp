// For builds with the thread sanitizer only: C11 threads as POSIX threads.
//
// Debian's librdkafka starts its threads with thrd_create(), which the sanitizer does not know: the
// first call into it from such a thread crashes, and what its mutexes order looks like a race.
// These definitions take the place of glibc's. glibc's mtx_t and cnd_t are its pthread_mutex_t and
// pthread_cond_t under other names.
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <memory>

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t));

namespace {

struct Start {
    thrd_start_t body;
    void* argument;
};

void* run(void* start) {
    const std::unique_ptr<Start> owned(static_cast<Start*>(start));
    return reinterpret_cast<void*>(static_cast<std::intptr_t>(owned->body(owned->argument)));
}

pthread_mutex_t* posix(mtx_t* mutex) {
    return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* posix(cnd_t* condition) {
    return reinterpret_cast<pthread_cond_t*>(condition);
}

int result(int error) {
    switch (error) {
    case 0:
        return thrd_success;
    case ETIMEDOUT:
        return thrd_timedout;
    case EBUSY:
        return thrd_busy;
    case ENOMEM:
        return thrd_nomem;
    default:
        return thrd_error;
    }
}

} // namespace

extern "C" {

// librdkafka is not built for the sanitizer, which therefore misses the atomics that order its
// accesses: reports with one of its frames are noise. The price: a race inside one of our callbacks
// on its threads is not reported.
const char* __tsan_default_suppressions() {
    return "race:librdkafka.so\n";
}

int thrd_create(thrd_t* thread, thrd_start_t body, void* argument) {
    auto start = std::make_unique<Start>(Start{body, argument});
    const int error = pthread_create(thread, nullptr, run, start.get());
    if (error == 0) [[maybe_unused]]
        auto* const taken = start.release();
    return result(error);
}

int thrd_join(thrd_t thread, int* code) {
    void* returned = nullptr;
    const int error = pthread_join(thread, &returned);
    if (error == 0 && code) *code = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
    return result(error);
}

int thrd_detach(thrd_t thread) {
    return result(pthread_detach(thread));
}

int mtx_init(mtx_t* mutex, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (type & mtx_recursive) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    const int error = pthread_mutex_init(posix(mutex), &attributes);
    pthread_mutexattr_destroy(&attributes);
    return result(error);
}

void mtx_destroy(mtx_t* mutex) {
    pthread_mutex_destroy(posix(mutex));
}
int mtx_lock(mtx_t* mutex) {
    return result(pthread_mutex_lock(posix(mutex)));
}
int mtx_trylock(mtx_t* mutex) {
    return result(pthread_mutex_trylock(posix(mutex)));
}
int mtx_unlock(mtx_t* mutex) {
    return result(pthread_mutex_unlock(posix(mutex)));
}

int cnd_init(cnd_t* condition) {
    return result(pthread_cond_init(posix(condition), nullptr));
}
void cnd_destroy(cnd_t* condition) {
    pthread_cond_destroy(posix(condition));
}
int cnd_signal(cnd_t* condition) {
    return result(pthread_cond_signal(posix(condition)));
}
int cnd_broadcast(cnd_t* condition) {
    return result(pthread_cond_broadcast(posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
    return result(pthread_cond_wait(posix(condition), posix(mutex)));
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
    return result(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}

} // extern "C"
